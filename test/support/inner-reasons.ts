/** Reasons of a failed sign-in that no request, provider or setting can cause. */
export type InnerReason = 'unexpected' | 'session_too_large'
