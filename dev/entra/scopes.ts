import { EntraError } from './aadsts.ts'
import type { EntraSettings } from './settings.ts'
import type { EntraApi } from './directory.ts'
import type { EntraUser } from './users.ts'

/** A scope value, sorted out. */
export interface RequestedScopes {
  /** OpenID Connect scopes: `openid`, `profile`, `email`, `offline_access`. */
  openid: string[]
  /** The resources asked for, in the order of their first scope. */
  resources: { api: EntraApi; scopes: string[] }[]
}

const openidScopes = ['openid', 'profile', 'email', 'offline_access']
const graphUri = 'https://graph.microsoft.com'

/**
 * Sorts a scope value by resource, as Entra does: what stands before the last `/` names the resource, and a
 * bare scope is Graph's. Throws AADSTS70011, 500011 or 650053.
 */
export function parseScopes(settings: EntraSettings, value: string): RequestedScopes {
  const requested: RequestedScopes = { openid: [], resources: [] }
  const scopes = value.split(' ').filter((scope) => scope !== '')
  if (scopes.length === 0) throw new EntraError(70011, { detail: 'The scope is empty.' })
  for (const scope of scopes) {
    if (/[",;]/.test(scope))
      throw new EntraError(70011, { detail: `The scope ${scope} is not valid.` })
    if (openidScopes.includes(scope.toLowerCase())) requested.openid.push(scope.toLowerCase())
    else addResourceScope(settings, requested, scope)
  }
  return requested
}

/** The one resource of a token request; Graph where none is named. Throws AADSTS28000. */
export function singleResource(
  settings: EntraSettings,
  requested: RequestedScopes,
): { api: EntraApi; scopes: string[] } {
  const [first, second] = requested.resources
  if (second !== undefined) throw new EntraError(28000)
  return first ?? { api: findApi(settings, graphUri), scopes: [] }
}

/** `scope` of a token response: Graph's names come bare and with the OpenID Connect ones. */
export function grantedScope(
  requested: RequestedScopes,
  resource: { api: EntraApi; scopes: string[] },
): string {
  if (resource.api.appIdUri !== graphUri) {
    return resource.scopes.map((name) => `${resource.api.appIdUri}/${name}`).join(' ')
  }
  const openid = requested.openid.filter((scope) => scope !== 'offline_access')
  return [...openid, ...resource.scopes].join(' ')
}

/** Scopes that the user would have to agree to first, as `<resource>/<scope>`. */
export function unconsentedScopes(
  consents: ReadonlySet<string>,
  user: EntraUser,
  requested: RequestedScopes,
): string[] {
  const needed = requested.resources.flatMap(({ api, scopes }) =>
    api.scopes
      .filter(({ name, consented }) => scopes.includes(name) && !consented)
      .map(({ name }) => `${api.appIdUri}/${name}`),
  )
  const all = user.needsConsent ? [...requested.openid, ...needed] : needed
  return all.filter((scope) => !consents.has(`${user.oid} ${scope}`))
}

function addResourceScope(
  settings: EntraSettings,
  requested: RequestedScopes,
  scope: string,
): void {
  const slash = scope.lastIndexOf('/')
  const api = findApi(settings, slash === -1 ? graphUri : scope.slice(0, slash))
  const names = namesOf(api, scope.slice(slash + 1))
  const resource = requested.resources.find((each) => each.api === api)
  if (resource === undefined) requested.resources.push({ api, scopes: names })
  else resource.scopes = [...new Set([...resource.scopes, ...names])]
}

function findApi(settings: EntraSettings, resource: string): EntraApi {
  const found = settings.apis.find(
    ({ appIdUri, audience }) => appIdUri === resource || audience === resource,
  )
  if (found === undefined) throw new EntraError(500011, { detail: `Resource '${resource}'.` })
  return found
}

function namesOf(api: EntraApi, name: string): string[] {
  if (name === '.default') {
    return api.scopes.filter(({ consented }) => consented).map((scope) => scope.name)
  }
  const found = api.scopes.find((scope) => scope.name.toLowerCase() === name.toLowerCase())
  if (found === undefined) {
    throw new EntraError(650053, { detail: `Scope '${name}', resource '${api.appIdUri}'.` })
  }
  return [found.name]
}
