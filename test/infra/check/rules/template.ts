/** A compiled template, as far as the rules read it. */
export interface ArmTemplate {
  readonly parameters?: Readonly<Record<string, { type?: string; $ref?: string }>>
  readonly definitions?: Readonly<Record<string, { properties?: Record<string, object> }>>
  readonly outputs?: Readonly<Record<string, { type?: string; value?: unknown }>>
  readonly resources?: Readonly<Record<string, ArmResource>>
}

interface ArmResource {
  readonly type?: string
  readonly existing?: boolean
  readonly properties?: { readonly template?: ArmTemplate }
  readonly '@options'?: Readonly<Record<string, unknown>>
}

/** The template itself and those of its modules, at any depth. */
export function allTemplates(template: ArmTemplate): ArmTemplate[] {
  const nested = Object.values(template.resources ?? {})
    .map((resource) => resource.properties?.template)
    .filter((inner) => inner !== undefined)
  return [template, ...nested.flatMap(allTemplates)]
}

/** Secrets keep the value they have: without the option every deployment would write a new one. */
export function checkSecretsAreKept(template: ArmTemplate): string[] {
  const secrets = allTemplates(template)
    .flatMap((inner) => Object.entries(inner.resources ?? {}))
    .filter(([, { type, existing }]) => type === 'Microsoft.KeyVault/vaults/secrets' && !existing)
  const findings = secrets
    .filter(([, resource]) => resource['@options']?.['onlyIfNotExists'] === undefined)
    .map(([name]) => `${name} would be overwritten by every deployment`)
  return secrets.length === 2 ? findings : [...findings, `secrets: ${secrets.length}, not 2`]
}

/** Parameters whose name says secret are secure, in the main template and in every module. */
export function checkSecureParameters(template: ArmTemplate): string[] {
  const secret = /^(clientSecret|sessionKey|sessionKeySeed)$/
  const parameters = allTemplates(template).flatMap((inner) =>
    Object.entries(inner.parameters ?? {}),
  )
  const found = parameters.filter(([name]) => secret.test(name))
  const findings = found
    .filter(([, { type }]) => type !== 'securestring')
    .map(([name]) => `parameter ${name} is not secure`)
  return found.length === 0 ? ['no secure parameter at all'] : findings
}

/** No output of any template carries a secret: azd writes them into a file. */
export function checkOutputs(template: ArmTemplate): string[] {
  return allTemplates(template).flatMap((inner) => {
    const secure = Object.entries(inner.parameters ?? {})
      .filter(([, { type }]) => type === 'securestring' || type === 'secureObject')
      .map(([name]) => `parameters('${name}')`)
    const leaks = ['list', 'ConnectionString', 'SharedKey', ...secure]
    return Object.entries(inner.outputs ?? {})
      .filter(([name, { type, value }]) => {
        const text = JSON.stringify(value)
        const leaky = leaks.some((leak) => text.includes(leak))
        return leaky || type?.startsWith('secure') === true || /secret|password/i.test(name)
      })
      .map(([name]) => `output ${name} may carry a secret`)
  })
}
