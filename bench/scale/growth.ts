/** How the load of accounts moves once others are appended: a flow, hour by hour. */
export interface GrowthHour {
  readonly hour: number
  /** Share of all live sessions in the accounts that were there before. */
  readonly oldSessions: number
  /** Share of all operations that they serve. */
  readonly oldOperations: number
}

/** What is appended, and how the old ones go on. */
export interface Growth {
  readonly oldAccounts: number
  readonly newAccounts: number
  /** Whether `-` before the old ones keeps new rows out. */
  readonly draining: boolean
  /** Hours until half of the sessions have ended, all after `absoluteHours`. */
  readonly halfLifeHours: number
  readonly absoluteHours: number
}

/** Shares at the end of each hour. Sessions never move: they end where they began. */
export function growthByHour(growth: Growth): GrowthHour[] {
  const { oldAccounts, newAccounts, draining, halfLifeHours, absoluteHours } = growth
  const openOld = draining ? 0 : oldAccounts / (oldAccounts + newAccounts)
  const alive = (age: number) => (age >= absoluteHours ? 0 : 0.5 ** (age / halfLifeHours))
  const perHour = 60
  const steps = absoluteHours * perHour
  const ages = Array.from({ length: steps }, (_, at) => alive(at / perHour))
  const all = ages.reduce((sum, each) => sum + each, 0)
  return Array.from({ length: absoluteHours + 1 }, (_, hour) => {
    const since = hour * perHour
    const younger = ages.slice(0, since).reduce((sum, each) => sum + each, 0)
    const oldSessions = (all - younger + younger * openOld) / all
    // Of 14 operations of a sign-in 8 fall on its first and last requests, the rest on live sessions.
    const oldOperations = (6 * oldSessions + 8 * (hour === 0 ? 1 : openOld)) / 14
    return { hour, oldSessions, oldOperations }
  })
}
