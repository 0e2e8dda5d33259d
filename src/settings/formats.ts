import * as v from 'valibot'
import { isLoopback } from './addresses.ts'

/** Suffixes under which every customer's host is a site of its own (Public Suffix List, Azure's part). */
const azurePublicSuffixes = [
  'azurewebsites.net',
  'azurestaticapps.net',
  'azurefd.net',
  'azure-api.net',
  'trafficmanager.net',
]

/**
 * Second labels under which a country's domains are given out (`co.uk`, `com.au`): the part of the
 * Public Suffix List that a company's own domain is likely to lie below.
 */
const countrySecondLabels =
  'ac ad asso co com ed edu go gob gouv gov govt gr gv lg ltd me mil ne net nhs nom or org plc sch'

/** Tells whether two origins share scheme and registrable domain; in doubt they do not. */
export function isSameSite(a: URL, b: URL): boolean {
  if (a.hostname === b.hostname) return true
  const below = (url: URL) =>
    azurePublicSuffixes.some((suffix) => url.hostname.endsWith(`.${suffix}`))
  if (a.protocol !== b.protocol || below(a) || below(b)) return false
  if (/^[\d.]+$/.test(a.hostname) || a.hostname.startsWith('[')) return false
  const site = registrableDomain(a.hostname)
  return site !== undefined && site === registrableDomain(b.hostname)
}

function registrableDomain(hostname: string): string | undefined {
  const labels = hostname.split('.')
  const [second = '', top = ''] = labels.slice(-2)
  const isCountrys = top.length === 2 && countrySecondLabels.split(' ').includes(second)
  const length = isCountrys ? 3 : 2
  return labels.length < length ? undefined : labels.slice(-length).join('.')
}

const isOrigin = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return isSecureOrLoopback(url) && (text === url.origin || text === `${url.origin}/`)
}

function isSecureOrLoopback(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

/** An origin without a path: https, or http on loopback. */
export const originFormat = v.pipe(
  v.string(),
  v.check(isOrigin, 'must be an origin without a path: https, or http on loopback'),
  v.transform((text) => new URL(text)),
)

/** An https URL, or http on loopback, without credentials, query and fragment. */
export const secureUrlFormat = v.pipe(
  v.string(),
  v.check((text) => {
    if (!URL.canParse(text)) return false
    const url = new URL(text)
    return isSecureOrLoopback(url) && !url.username && !url.password && !url.search && !url.hash
  }, 'must be a URL: https, or http on loopback'),
  v.transform((text) => new URL(text)),
)

/** A comma-separated list; empty entries are left out. */
export const listFormat = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  ),
)

/** A whole number within a range, both ends included. */
export function integerFormat(minimum: number, maximum: number) {
  const rule = `must be a whole number from ${minimum} to ${maximum}`
  return v.pipe(
    v.string(),
    v.check(
      (text) => /^\d{1,6}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
      rule,
    ),
    v.transform(Number),
  )
}

/** A GUID, as tenants and applications have them. */
export const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Base64 or base64url of at least 32 bytes; several, comma-separated. */
export const sessionKeysFormat = v.pipe(
  listFormat,
  v.check(
    (keys) => keys.length > 0 && keys.every((key) => (decodeSessionKey(key)?.length ?? 0) >= 32),
    'must be base64 or base64url of at least 32 bytes',
  ),
)

/** The bytes of a session key, or undefined where the text is neither base64 nor base64url. */
export function decodeSessionKey(text: string): Buffer | undefined {
  return /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined
}
