import { evaluate } from './expression.ts'

/** A resource as the compiler predicts it: modules, loops and conditions expanded, names computed. */
export interface Resource {
  readonly type: string
  /** Empty for a resource of the Graph extension, as `id` is. */
  readonly name: string
  readonly id: string
  readonly apiVersion: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What one parameter file would deploy. */
export interface Deployment {
  readonly name: string
  readonly resources: readonly Resource[]
  readonly outputs: Readonly<Record<string, unknown>>
}

/** Reads a snapshot that `bicep snapshot` wrote. */
export function readDeployment(name: string, snapshot: string): Deployment {
  const { predictedResources, outputs } = JSON.parse(snapshot) as {
    predictedResources: Record<string, unknown>[]
    outputs: Record<string, unknown>
  }
  const resources = predictedResources.map((body) => ({
    type: text(body['type']),
    name: text(body['name']),
    id: text(body['id']),
    apiVersion: text(body['apiVersion']),
    body,
  }))
  return { name, resources, outputs }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The resources of one type, in the order of the template. */
export function ofType(deployment: Deployment, type: string): Resource[] {
  return deployment.resources.filter((resource) => resource.type === type)
}

/** The value at a path such as `properties.siteConfig.minTlsVersion`, evaluated for the public cloud. */
export function valueAt(resource: Resource, path: string): unknown {
  let value: unknown = resource.body
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return evaluate(value)
}

/** The settings of the function app, as far as they are known before the deployment. */
export function appSettings(deployment: Deployment): Readonly<Record<string, string | undefined>> {
  const config = ofType(deployment, 'Microsoft.Web/sites/config')[0]
  const properties = (config?.body['properties'] ?? {}) as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const known = evaluate(value)
      return [name, typeof known === 'string' ? known : undefined]
    }),
  )
}

/** Whether the deployment closes storage and vault to the internet. */
export function isClosed(deployment: Deployment): boolean {
  return ofType(deployment, 'Microsoft.Network/privateEndpoints').length > 0
}

/** Whether Front Door stands before the application. */
export function hasFrontDoor(deployment: Deployment): boolean {
  return ofType(deployment, 'Microsoft.Cdn/profiles').length > 0
}
