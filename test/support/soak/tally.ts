/** What a soak run has come to. */
export interface SoakFigures {
  readonly signedIn: number
  readonly requests: number
  /** Sessions that were gone though nobody had ended them. */
  readonly lostSessions: number
  /** Answers that told of somebody else. */
  readonly wrongUsers: number
  /** Sessions that were there though somebody had signed out. */
  readonly revivedSessions: number
  /** Answers and log lines with a token, a code or a secret in them. */
  readonly leakedSecrets: number
  /** Answers that were no success, by status and code; `no answer` where an instance died. */
  readonly errors: Readonly<Record<string, number>>
}

/** Counts what happens. */
export interface SoakTally {
  readonly counts: {
    signedIn: number
    requests: number
    lost: number
    wrong: number
    revived: number
    leaks: number
  }
  error(kind: string): void
  figures(): SoakFigures
}

/** A tally at zero. */
export function createTally(): SoakTally {
  const counts = { signedIn: 0, requests: 0, lost: 0, wrong: 0, revived: 0, leaks: 0 }
  const errors = new Map<string, number>()
  return {
    counts,
    error: (kind) => void errors.set(kind, (errors.get(kind) ?? 0) + 1),
    figures: () => ({
      signedIn: counts.signedIn,
      requests: counts.requests,
      lostSessions: counts.lost,
      wrongUsers: counts.wrong,
      revivedSessions: counts.revived,
      leakedSecrets: counts.leaks,
      errors: Object.fromEntries([...errors].toSorted(([, a], [, b]) => b - a)),
    }),
  }
}
