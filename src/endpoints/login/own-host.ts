import { type IncomingRequest, header, queryOf } from '../../http/messages.ts'

/** Tells that a browser was sent here before: a proxy that always names itself must not loop. */
const marker = 'own_host'

/**
 * Where a login has to go first that was entered by another host name than `PUBLIC_URL`, such as
 * `www` or the platform's own: cookies are kept by host, so the callback would not find the browser's.
 * The same login on `PUBLIC_URL`, never a host of the request, and at most once. Another port alone is
 * no other host. Undefined where the login can begin.
 */
export function loginOnOwnHost(request: IncomingRequest, loginUrl: URL): URL | undefined {
  const { hostname } = new URL(request.url)
  const forwarded = header(request, 'x-forwarded-host')?.split(',')[0]!.trim()
  const names = [hostname, forwarded && hostnameOf(forwarded)]
  const query = queryOf(request)
  if (names.includes(loginUrl.hostname) || query.has(marker)) return undefined
  const target = new URL(loginUrl)
  target.search = query.toString()
  target.searchParams.set(marker, '1')
  return target
}

function hostnameOf(host: string): string | undefined {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined
}
