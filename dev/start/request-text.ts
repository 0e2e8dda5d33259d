import type { HostRequestLine } from '../functions-host/host-options.ts'
import { redact } from './redact.ts'

/** One line for a request: time, method, path, status, duration, where it leads, what it did. */
export function requestText(
  line: HostRequestLine,
  context: { time: Date; origin: string; note: string | undefined },
): string {
  const columns = [
    clockText(context.time),
    line.method.padEnd(5),
    redact(line.path).padEnd(28),
    String(line.status),
    `${Math.round(line.durationMs)} ms`.padStart(7),
    line.location === undefined ? '' : `→ ${shortLocation(line.location, context.origin)}`,
    context.note ?? '',
  ]
  return `  ${columns.filter((column) => column !== '').join('  ')}`
}

/** Local time of day. */
export function clockText(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}

function shortLocation(location: string, origin: string): string {
  if (!URL.canParse(location)) return redact(location)
  const url = new URL(location)
  if (url.origin === origin) return redact(url.pathname)
  return `${url.host} …/${url.pathname.split('/').at(-1) ?? ''}`
}
