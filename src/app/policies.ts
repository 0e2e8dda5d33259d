import type { CookiePolicy } from '../http/cookies.ts'
import type { ReturnToPolicy } from '../http/return-to.ts'
import type { Settings } from '../settings.ts'

/** How the cookies of this deployment look. */
export function cookiePolicy(settings: Settings): CookiePolicy {
  const { plainHttp, sessionSameSite, client } = settings
  return { plainHttp, sessionSameSite, responseMode: client.responseMode }
}

/** Where a person of this deployment may be sent. */
export function returnToPolicy(settings: Settings): ReturnToPolicy {
  return { origins: settings.origins, defaultReturnTo: settings.defaultReturnTo }
}

/** The absolute URL of one of our own endpoints. */
export function ownUrl(settings: Settings, path: `/auth/${string}`): URL {
  return new URL(path, settings.publicUrl)
}
