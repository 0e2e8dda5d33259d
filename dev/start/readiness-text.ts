interface Check {
  readonly status: string
  readonly code?: string
  readonly mistakes?: readonly string[]
}

const words: Readonly<Record<string, string>> = {
  tables: 'Table Storage does not answer',
  credential: 'the client credential cannot be read or is refused',
  sessionKey: 'the session key cannot be read',
  discovery: 'the sign-in service does not answer',
}

/** What `GET /health/ready` says is wrong, in a sentence; undefined where the body is no such answer. */
export function readinessText(body: string, where: { authority: string }): string | undefined {
  const failed = failedChecks(body)
  if (failed.length === 0) return undefined
  const sentences = failed.map(([name, { code, mistakes }]) => {
    if (mistakes !== undefined) return mistakes.join('; ')
    const place = name === 'discovery' ? ` at ${where.authority}; is there a network?` : ''
    return `${words[name] ?? `the check "${name}" failed`}${place} (${code ?? 'no code'})`
  })
  return `the functions are not ready: ${sentences.join('; ')}`
}

function failedChecks(body: string): [string, Check][] {
  try {
    const { checks = {} } = JSON.parse(body) as { checks?: Record<string, Check> }
    return Object.entries(checks).filter(([, { status }]) => status !== 'pass')
  } catch {
    return []
  }
}
