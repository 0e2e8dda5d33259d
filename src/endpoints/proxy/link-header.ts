/** Relations by which a browser fetches or connects by itself: that is not an API's to decide. */
const fetchingRelations = new Set(
  'preload modulepreload prefetch prerender preconnect dns-prefetch stylesheet icon manifest serviceworker compression-dictionary expect'.split(
    ' ',
  ),
)

const linkValue =
  /[ \t]*(<[^>]*>)((?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+(?:[ \t]*=[ \t]*(?:"(?:[^"\\]|\\[^])*"|[^\s",;]*))?)*)[ \t]*(?:,|$)/y

/**
 * A `Link` (RFC 8288 §3) without what makes a browser fetch or connect; undefined where nothing is
 * left, or it cannot be read.
 */
export function harmlessLinks(value: string): string | undefined {
  const kept: string[] = []
  let at = 0
  while (at < value.length) {
    linkValue.lastIndex = at
    const [whole, target = '', parameters = ''] = linkValue.exec(value) ?? []
    if (whole === undefined) return undefined
    at += whole.length
    if (!relations(parameters).some((relation) => fetchingRelations.has(relation)))
      kept.push(target + parameters)
  }
  return kept.length === 0 ? undefined : kept.join(', ')
}

function relations(parameters: string): string[] {
  const found = parameters.matchAll(
    /;[ \t]*([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|([^\s",;]*)))?/g,
  )
  return [...found].flatMap(([, name = '', quoted, plain = '']) =>
    name.toLowerCase() === 'rel'
      ? (quoted?.replace(/\\([^])/g, '$1') ?? plain).toLowerCase().split(/\s+/)
      : [],
  )
}
