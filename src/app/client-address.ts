/**
 * The client's address: the `hops`-th entry from the right of `X-Forwarded-For`, without its port,
 * IPv6 by its /64 (one customer's network). Entries further left are the client's own words.
 */
export function clientAddress(forwardedFor: string | null, hops: number): string | undefined {
  const entry = forwardedFor?.split(',').at(-hops)?.trim()
  if (entry === undefined || entry === '') return undefined
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1]
  const address = bracketed ?? (/^[\d.]+:\d+$/.test(entry) ? entry.split(':')[0]! : entry)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  return address.includes(':') ? network64(address) : address.slice(0, 64)
}

function network64(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing =
    tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length
  const filled = [...groups, ...Array.from({ length: Math.max(missing, 0) }, () => '0')]
  return `${filled
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`.slice(0, 64)
}
