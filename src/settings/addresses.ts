/** Tells whether a URL's host is this machine itself. */
export function isLoopback({ hostname }: URL): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(ipv4Of(hostname) ?? '')
  )
}

/**
 * Tells whether a URL's host is an address of the local link, or one of those at which clouds serve
 * an instance's own credentials (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
 */
export function isLinkLocal({ hostname }: URL): boolean {
  const ipv4 = ipv4Of(hostname) ?? ''
  return (
    ipv4.startsWith('169.254.') ||
    ipv4 === '168.63.129.16' ||
    /^\[fe[89ab]/.test(hostname) ||
    hostname === '[fd00:ec2::254]'
  )
}

/** IPv4-mapped, IPv4-compatible and NAT64 addresses, as the URL parser writes them (RFC 4291, RFC 6052). */
const embeddedIpv4 = /^\[(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/

/** The IPv4 address that a host is in the end; undefined for names and for other IPv6 addresses. */
function ipv4Of(hostname: string): string | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname)) return hostname
  const [, high, low] = embeddedIpv4.exec(hostname) ?? []
  if (high === undefined || low === undefined) return undefined
  const bytes = [high, low].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
  return bytes.join('.')
}
