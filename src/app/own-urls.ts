import type { Settings } from '../settings/settings.ts'

/** The longest query that an endpoint reads where it does not say otherwise; characters. */
export const maxQueryLength = 4096

/** The absolute URL that starts a sign-in; a returnTo that would make it too long is left out. */
export function loginUrl(
  settings: Settings,
  parameters: {
    readonly returnTo?: string | undefined
    readonly step?: string | undefined
    readonly prompt?: string | undefined
  } = {},
): URL {
  const url = ownUrl(settings, 'login')
  const { returnTo, ...others } = parameters
  for (const [name, value] of Object.entries({ ...others, returnTo })) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  if (url.search.length - 1 > maxQueryLength) url.searchParams.delete('returnTo')
  return url
}

/** The absolute URL of one of our own endpoints. */
export function ownUrl(settings: Settings, endpoint: string): URL {
  return new URL(`/${settings.frontEnd.authPath}/${endpoint}`, settings.publicUrl)
}
