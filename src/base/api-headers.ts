/** A header, or with a `*` at its end all whose names begin so. Lower case. */
type HeaderPattern = string

/** Request headers that travel to an API, in groups; the settings of an API may add more. */
export const requestHeaderGroups = {
  content: ['accept', 'accept-language', 'content-type', 'content-language', 'content-range'],
  conditions: [
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
    'if-range',
    'range',
    'idempotency-key',
    'prefer',
  ],
  odata: [
    'consistencylevel',
    'odata-version',
    'odata-maxversion',
    'odata-isolation',
    'odata-entityid',
    'api-version',
  ],
  tracing: [
    'traceparent',
    'tracestate',
    'baggage',
    'request-id',
    'request-context',
    'sentry-trace',
    'client-request-id',
    'x-ms-client-request-id',
    'x-ms-client-session-id',
    'x-correlation-id',
    'x-request-id',
  ],
} as const satisfies Record<string, readonly string[]>

/**
 * Request headers that would change what a request means, and cannot travel: refused with 400
 * `invalid_parameter`. The values that change nothing are let through and stay behind.
 */
export const refusedRequestHeaders: readonly {
  readonly name: string
  readonly allowed: readonly string[]
  readonly reason: string
}[] = [
  {
    name: 'transfer-encoding',
    allowed: [],
    reason: 'the platform drops a body that comes without its length',
  },
  {
    name: 'content-encoding',
    allowed: ['identity'],
    reason: 'what a body comes to could not be bounded',
  },
  { name: 'expect', allowed: [], reason: 'bodies are buffered: there is nothing to wait for' },
  {
    name: 'te',
    // Firefox says so with every request over HTTP/2.
    allowed: ['trailers'],
    reason: 'answers are buffered and come without trailers',
  },
  ...['x-http-method', 'x-http-method-override', 'x-method-override'].map((name) => ({
    name,
    allowed: [],
    reason: 'the method of the request line is the one that was checked',
  })),
]

/** Response headers that travel to the browser, in groups; the settings of an API may add more. */
export const responseHeaderGroups = {
  content: [
    'accept-ranges',
    'content-disposition',
    'content-language',
    'content-range',
    'content-type',
    'etag',
    'last-modified',
  ],
  control: ['allow', 'preference-applied', 'retry-after', 'ratelimit*', 'x-ratelimit-*'],
  links: ['link', 'location', 'content-location', 'operation-location', 'azure-asyncoperation'],
  life: ['deprecation', 'sunset', 'api-supported-versions', 'api-deprecated-versions'],
  odata: ['odata-version', 'odata-entityid', 'x-total-count'],
  tracing: ['request-id', 'client-request-id', 'x-ms-request-id', 'x-request-id', 'traceresponse'],
} as const satisfies Record<string, readonly HeaderPattern[]>

/** Response headers whose value is one URL: rewritten where it lies below the API's base. */
export const locationHeaders: readonly string[] = [
  'location',
  'content-location',
  'operation-location',
  'azure-asyncoperation',
  'odata-entityid',
]

/** What browsers let pages of another origin read without being told (Fetch §2.2.2). */
const readableAnyway = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
]

/** What the settings of an API must not let through, in either direction. */
const neverTravels: readonly HeaderPattern[] = [
  'cookie cookie2 set-cookie set-cookie2 authorization www-authenticate',
  'connection keep-alive proxy-* te trailer transfer-encoding upgrade',
  'host content-length content-encoding accept-encoding expect via origin',
  'referer user-agent forwarded x-forwarded-* x-original-* x-rewrite-url',
  'x-http-method x-http-method-override x-method-override x-real-ip client-ip',
  'x-ms-client-principal* x-ms-token-* x-functions-* x-arr-* x-client-ip sec-*',
  'x-csrf x-expected-user x-upstream access-control-* clear-site-data',
  'content-security-policy* cross-origin-* permissions-policy referrer-policy',
  'strict-transport-security service-worker-allowed refresh cache-control vary',
  'x-content-type-options x-frame-options report-to reporting-endpoints nel',
  'alt-svc speculation-rules sourcemap x-sourcemap expires pragma age',
].flatMap((names) => names.split(' '))

/** Tells whether a list of patterns has a name, in lower case. */
export function hasHeader(patterns: readonly HeaderPattern[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  )
}

/** Every request header that travels to any API. */
export const requestHeaders: readonly string[] = Object.values(requestHeaderGroups).flat()

/** Every response header that travels from any API. */
export const responseHeaders: readonly HeaderPattern[] = Object.values(responseHeaderGroups).flat()

/** Tells whether the settings of an API may add a header of this name; lower case. */
export function mayTravel(name: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(name) && !hasHeader(neverTravels, name)
}

/** Of the headers of an answer, those that a page of another origin has to be allowed to read. */
export function namesToExpose(headers: Readonly<Record<string, string>>): string[] {
  return Object.keys(headers).filter(
    (name) => !hasHeader(neverTravels, name) && !readableAnyway.includes(name),
  )
}
