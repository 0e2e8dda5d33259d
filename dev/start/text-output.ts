import type { HostLogLine } from '../functions-host/host-options.ts'
import { noteOf, textOf } from './event-notes.ts'
import type { Output } from './output.ts'
import { PartFailure } from './part-failure.ts'
import { readyText } from './ready-text.ts'
import { redact } from './redact.ts'
import { clockText, requestText } from './request-text.ts'

/** Says in words what happens: one line for a request, further ones for warnings and errors. */
export function createTextOutput(
  write: (line: string) => void,
  { colors, columns = () => 0 }: { colors: boolean; columns?: () => number },
): Output {
  const notes = new Map<string, string>()
  const paint = (code: number, text: string): string =>
    colors ? `\u001b[${code}m${text}\u001b[0m` : text
  let origin = ''

  const log = (line: HostLogLine): void => {
    const note = noteOf(line)
    if (note !== undefined && line.invocationId !== undefined) notes.set(line.invocationId, note)
    const text = textOf(line)
    if (text === undefined) return
    const color = line.level === 'error' ? 31 : line.level === 'warning' ? 33 : 2
    const row = `  ${clockText(new Date())}  ${text}`
    write(paint(color, line.level === 'error' ? row : oneRow(row, columns())))
  }
  return {
    notice: (message) => write(`  ${message}`),
    event: (message) => write(`  ${clockText(new Date())}  ${message}`),
    warning: (message) => write(paint(33, `  ${clockText(new Date())}  ${message}`)),
    ready: (stack, context) => {
      origin = stack.addresses.publicUrl
      write(readyText(stack, context))
    },
    request: (line) => {
      const note = line.invocationId === undefined ? undefined : notes.get(line.invocationId)
      if (line.invocationId !== undefined) notes.delete(line.invocationId)
      const text = requestText(line, { time: new Date(), origin, note })
      write(line.status >= 500 ? paint(31, text) : text)
    },
    log,
    failure: (error) => {
      write(paint(31, `\n  ${redact(error.message)}`))
      if (error instanceof PartFailure) write(`  To do: ${error.fix}`)
    },
  }
}

/** A terminal would wrap it; a file (0 columns) has it whole. */
function oneRow(text: string, columns: number): string {
  const [first = ''] = text.split('\n', 1)
  if (columns === 0) return text
  return text.length > columns ? `${first.slice(0, columns - 1)}…` : text
}
