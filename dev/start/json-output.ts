import type { Output } from './output.ts'
import { PartFailure } from './part-failure.ts'
import { redact } from './redact.ts'

/** Says the same as {@link createTextOutput}, one JSON object a line. */
export function createJsonOutput(write: (line: string) => void): Output {
  const say = (type: string, members: object): void => write(JSON.stringify({ type, ...members }))
  return {
    notice: (message) => say('notice', { message }),
    event: (message) => say('notice', { message }),
    warning: (message) => say('warning', { message }),
    ready: ({ addresses: { publicUrl, emulated }, host }, { seconds }) =>
      say('ready', {
        seconds,
        demoApp: publicUrl,
        entra: emulated?.entraOrigin ?? null,
        demoApi: emulated?.demoApiUrl ?? null,
        keyVault: emulated?.keyVaultUrl ?? null,
        functions: host.functions,
      }),
    request: (line) => say('request', { ...line, path: redact(line.path) }),
    log: (line) => say('log', { ...line, message: redact(line.message) }),
    failure: (error) =>
      say('failure', {
        message: redact(error.message),
        ...(error instanceof PartFailure ? { part: error.part, fix: error.fix } : {}),
      }),
  }
}
