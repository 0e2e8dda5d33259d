/** A part of the local stack could not be started: says which, and what to do about it. */
export class PartFailure extends Error {
  override name = 'PartFailure'
  readonly part: string
  readonly fix: string

  constructor(part: string, fix: string, cause: unknown) {
    super(`${part}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.part = part
    this.fix = fix
  }
}

/** Starts a part; what goes wrong becomes a {@link PartFailure}. */
export async function startPart<T>(part: string, fix: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    throw error instanceof PartFailure ? error : new PartFailure(part, fix, error)
  }
}
