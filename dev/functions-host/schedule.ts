/** When a timer runs next: six fields of NCRONTAB (UTC), or an interval `hh:mm:ss`. */
export interface Schedule {
  readonly text: string
  /** Runs more often than once a minute. */
  readonly isFrequent: boolean
  /** The first occurrence after `time`. */
  next(time: Date): Date
}

const ranges = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const

const names = [
  [],
  [],
  [],
  [],
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
]

/** Reads the schedule of a timer trigger. Throws for one that the platform would refuse. */
export function parseSchedule(text: string): Schedule {
  const interval = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text.trim())
  if (interval !== null)
    return every(
      text,
      interval.slice(1).map((part) => Number(part ?? 0)),
    )
  const fields = text.trim().split(/\s+/)
  // Five fields are the classic crontab, which starts at the minute.
  const six = fields.length === 5 ? ['0', ...fields] : fields
  if (six.length !== 6) throw new Error(`The schedule expression '${text}' was not recognized`)
  const allowed = six.map((field, index) => parseField(field, index, text))
  const isFrequent = (allowed[0]?.size ?? 0) > 1
  return { text, isFrequent, next: (time) => nextOccurrence(allowed, time, text) }
}

function every(text: string, parts: number[]): Schedule {
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts
  const milliseconds = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  if (milliseconds === 0) throw new Error(`The schedule expression '${text}' was not recognized`)
  const isFrequent = milliseconds < 60_000
  return { text, isFrequent, next: (time) => new Date(time.getTime() + milliseconds) }
}

function parseField(field: string, index: number, text: string): ReadonlySet<number> {
  const [low, high] = ranges[index] ?? [0, 0]
  const values = new Set<number>()
  for (const item of field.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? []
    const [from, to] = range === '*' ? [low, high] : range.split('-').map((v) => toNumber(v, index))
    const last = to ?? (step === undefined ? from : high)
    if (from === undefined || last === undefined || !(from >= low && last <= high)) {
      throw new Error(`The schedule expression '${text}' was not recognized`)
    }
    for (let value = from; value <= last; value += Number(step ?? 1) || 1) values.add(value)
  }
  return values
}

function toNumber(text: string, index: number): number {
  const named = names[index]?.indexOf(text.toLowerCase()) ?? -1
  if (named >= 0) return index === 4 ? named + 1 : named
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
}

function nextOccurrence(allowed: readonly ReadonlySet<number>[], time: Date, text: string): Date {
  const [seconds, minutes, hours, days, months, weekdays] = allowed
  const candidate = new Date(Math.floor(time.getTime() / 1000) * 1000 + 1000)
  const limit = candidate.getTime() + 5 * 366 * 86_400_000
  while (candidate.getTime() < limit) {
    if (
      !months?.has(candidate.getUTCMonth() + 1) ||
      !days?.has(candidate.getUTCDate()) ||
      !weekdays?.has(candidate.getUTCDay())
    ) {
      candidate.setUTCHours(24, 0, 0, 0)
    } else if (!hours?.has(candidate.getUTCHours())) {
      candidate.setUTCMinutes(60, 0, 0)
    } else if (!minutes?.has(candidate.getUTCMinutes())) {
      candidate.setUTCSeconds(60, 0)
    } else if (!seconds?.has(candidate.getUTCSeconds())) {
      candidate.setUTCSeconds(candidate.getUTCSeconds() + 1)
    } else {
      return candidate
    }
  }
  throw new Error(`The schedule expression '${text}' never occurs`)
}
