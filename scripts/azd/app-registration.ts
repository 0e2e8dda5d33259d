import type { Graph } from './graph.ts'

/** What deleting the registration of an environment needs. */
export interface DeleteRegistrationOptions {
  readonly graph: Graph
  readonly subscriptionId: string
  readonly environmentName: string
  /** Delete it for good: its name is then free again at once. */
  readonly purge: boolean
  readonly log: (line: string) => void
}

/**
 * Deletes the registration that infra/identity made. Neither `azd down` nor the Graph extension does
 * that, and outputs are gone by then, so it is found by the name that the template computes. One
 * that somebody else made has no such name and is never touched.
 */
export async function deleteRegistration(options: DeleteRegistrationOptions): Promise<void> {
  const { graph, purge, log } = options
  const uniqueName = registrationName(options)
  const application = await graph.findApplication(uniqueName)
  if (application === undefined) {
    log(`no app registration of this environment (${uniqueName})`)
    return
  }
  await graph.deleteApplication(application.id)
  if (purge) await graph.purgeApplication(application.id)
  const { id, appId, displayName } = application
  // A restore asks for the object id, and until then no template can use the unique name again.
  const what = `${displayName} (client id ${appId}, object id ${id})`
  log(purge ? `deleted ${what} for good` : `deleted ${what}; it can be restored for 30 days`)
}

/** The `uniqueName` that infra/identity/main.bicep gives the registration of an environment. */
export function registrationName(
  options: Pick<DeleteRegistrationOptions, 'subscriptionId' | 'environmentName'>,
): string {
  return `entra-bff-${options.subscriptionId}-${options.environmentName}`
}
