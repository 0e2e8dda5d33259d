import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problems, signInErrors } from '../../src/base/errors.ts'
import { functionTable } from '../../src/function-table.ts'
import { navigations } from '../../src/http/navigation.ts'
import { frontEnd } from '../../src/settings/front-end.ts'
import {
  refusedRequestHeaders,
  requestHeaderGroups,
  responseHeaderGroups,
} from '../../src/base/api-headers.ts'
import { events, sessionEndReasons, sessionRejectReasons } from '../../src/base/events.ts'
import { loginFailures } from '../../src/base/login-failures.ts'
import { locationMeanings, locationOutcomes } from '../../src/endpoints/proxy/location.ts'
import { apiGrantCodes } from '../../src/oauth/errors/api-grant-errors.ts'
import { settingsTable } from '../../src/settings/schema.ts'

/** A Markdown table of rows of cells. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

const code = (text: string) => `\`${text}\``

function settings(): string {
  const rows = settingsTable.map(({ name, default: value, required, meaning }) => [
    code(name),
    required ? 'required' : value ? code(value) : '–',
    meaning,
  ])
  return table(['Setting', 'Default', 'Meaning'], rows)
}

function eventRows(): string {
  const rows = Object.entries(events).map(([name, { level, members, meaning }]) => [
    code(name),
    level,
    members.map(code).join(' '),
    meaning,
  ])
  return table(['Event', 'Level', 'Members', 'Meaning'], rows)
}

function meanings(head: string, entries: Readonly<Record<string, string>>): string {
  return table(
    [head, 'Meaning'],
    Object.entries(entries).map(([name, meaning]) => [code(name), meaning]),
  )
}

function headerGroups(groups: Readonly<Record<string, readonly string[]>>): string {
  const rows = Object.entries(groups).map(([group, names]) => [group, names.map(code).join(' ')])
  return table(['Group', 'Headers'], rows)
}

function refusedHeaders(): string {
  const rows = refusedRequestHeaders.map(({ name, allowed, reason }) => [
    code(name),
    allowed.length === 0 ? '–' : allowed.map(code).join(' '),
    reason,
  ])
  return table(['Header', 'Let through', 'Why'], rows)
}

function locations(): string {
  const rows = Object.values(locationOutcomes).map(({ meaning, redirect, other }) => [
    meaning,
    locationMeanings[redirect],
    locationMeanings[other],
  ])
  return table(['It leads', '3xx', 'any other status'], rows)
}

const ends = { ended: '401 `session_expired`', interaction: '401 `interaction_required`' }

function apiGrants(): string {
  const rows = apiGrantCodes.map(({ codes, means, meaning }) => {
    const answer = means.kind === 'denied' ? '403 `access_denied`' : ends[means.kind]
    const reason = 'reason' in means && means.reason ? ` (\`${means.reason}\`)` : ''
    return [meaning, codes.replaceAll('B2C', 'AADB2C'), answer + reason]
  })
  return table(['Meaning', 'AADSTS', 'Answer'], rows)
}

function navigationRows(): string {
  const rows = Object.entries(navigations).map(([mode, destinations]) => [
    code(mode),
    destinations.map(code).join(' '),
  ])
  return table(['`Sec-Fetch-Mode`', '`Sec-Fetch-Dest` that may come'], rows)
}

function functions(): string {
  const answer = async () => ({ status: 200, headers: {} })
  const parts = { frontEnd: frontEnd(), settings: undefined, live: answer, ready: answer }
  const rows = functionTable(parts, { proxy: true, health: true }).map(
    ({ name, route, options }) => [
      code(`/${route.replace('{*path}', '{path}')}`),
      options.methods.join(' '),
      code(name),
      options.cors === undefined ? '–' : 'yes',
    ],
  )
  return table(['Route', 'Methods', 'Function', 'For `ALLOWED_ORIGINS`'], rows)
}

function problemRows(): string {
  const rows = Object.entries(problems).map(([name, { status, title }]) => [
    String(status),
    code(name),
    title,
  ])
  return table(['Status', 'Code', 'Title'], rows)
}

function signInRows(): string {
  const rows = Object.entries(signInErrors).map(([name, { status, sentence }]) => [
    String(status),
    code(name),
    sentence,
  ])
  return table(['Status', 'Code', 'What the person reads'], rows)
}

/** Every table of the docs that follows from the code: file, name of its markers, content. */
const tables: readonly (readonly [file: string, name: string, content: () => string])[] = [
  ['README.md', 'settings', settings],
  ['docs/browsers.md', 'navigations', navigationRows],
  ['docs/http-reference.md', 'functions', functions],
  ['docs/http-reference.md', 'problems', problemRows],
  ['docs/http-reference.md', 'sign-in-errors', signInRows],
  ['docs/events.md', 'events', eventRows],
  ['docs/events.md', 'login-failures', () => meanings('Reason', loginFailures)],
  ['docs/events.md', 'session-ends', () => meanings('Reason', sessionEndReasons)],
  ['docs/upstreams.md', 'request-headers', () => headerGroups(requestHeaderGroups)],
  ['docs/upstreams.md', 'refused-headers', refusedHeaders],
  ['docs/upstreams.md', 'response-headers', () => headerGroups(responseHeaderGroups)],
  ['docs/upstreams.md', 'locations', locations],
  ['docs/upstreams.md', 'api-grants', apiGrants],
  ['docs/events.md', 'session-rejections', () => meanings('Reason', sessionRejectReasons)],
]

test.each(tables)('%s: the table %s is that of the code (npm run docs rewrites it)', (...row) => {
  const [file, name, content] = row
  const path = new URL(`../../${file}`, import.meta.url)
  const text = readFileSync(path, 'utf8')
  const marked = new RegExp(`(<!-- ${name}:start -->\n)[^]*?(\n?<!-- ${name}:end -->)`)
  expect(text).toMatch(marked)
  const current = text.replace(
    marked,
    (_, start: string) => `${start}${content()}\n<!-- ${name}:end -->`,
  )
  if (process.env['UPDATE_DOCS'] === 'true') writeFileSync(path, current)
  else expect(text).toBe(current)
})
