import { type Deployment, hasFrontDoor, isClosed, ofType, valueAt } from '../deployment.ts'
import { compare, compareAll } from './compare.ts'

/** Says what of a closed deployment is open, or cannot be reached by the application. */
export function checkPrivateNetworking(deployment: Deployment): string[] {
  if (!isClosed(deployment)) return []
  const endpoints = checkEndpoints(deployment)
  // Where the network is another team's, its subnets and zones are that team's to check.
  if (ofType(deployment, 'Microsoft.Network/virtualNetworks').length === 0)
    return [...checkForeignSubnets(deployment), ...endpoints]
  return [
    ...compareAll(deployment, {
      'Microsoft.Web/sites': { 'properties.virtualNetworkSubnetId': /\/subnets\/snet-app$/ },
      'Microsoft.Network/virtualNetworks': {
        'properties.addressSpace.addressPrefixes': ['10.71.0.0/22'],
        'properties.subnets.0.properties.addressPrefix': '10.71.0.0/24',
        'properties.subnets.1.properties.addressPrefix': '10.71.1.0/24',
      },
      'Microsoft.Network/privateEndpoints': {
        'properties.subnet.id': /\/subnets\/snet-pe$/,
      },
    }),
    ...checkSubnets(deployment),
    ...checkSecurity(deployment),
    ...endpoints,
  ]
}

/** Two subnets of one network, neither of them made here. */
function checkForeignSubnets(deployment: Deployment): string[] {
  const [site] = ofType(deployment, 'Microsoft.Web/sites')
  const [endpoint] = ofType(deployment, 'Microsoft.Network/privateEndpoints')
  const app = String(site && valueAt(site, 'properties.virtualNetworkSubnetId'))
  const endpoints = String(endpoint && valueAt(endpoint, 'properties.subnet.id'))
  const networkOf = (subnet: string): string => subnet.replace(/\/subnets\/[^/]+$/, '')
  return networkOf(app) === networkOf(endpoints) && app !== endpoints
    ? []
    : [`subnets of two networks, or one for both: ${app}, ${endpoints}`]
}

function checkSubnets(deployment: Deployment): string[] {
  const network = ofType(deployment, 'Microsoft.Network/virtualNetworks')[0]
  const subnets = (network && valueAt(network, 'properties.subnets')) as Subnet[] | undefined
  const find = (name: string): Subnet | undefined => subnets?.find((one) => one.name === name)
  const app = find('snet-app')?.properties
  const endpoints = find('snet-pe')?.properties
  const findings: string[] = []
  if (app?.delegations?.[0]?.properties.serviceName !== 'Microsoft.App/environments')
    findings.push('snet-app is not delegated to Microsoft.App/environments')
  if (endpoints?.privateEndpointNetworkPolicies !== 'Enabled')
    findings.push('snet-pe: privateEndpointNetworkPolicies is not Enabled')
  for (const subnet of subnets ?? []) {
    if (subnet.properties.networkSecurityGroup === undefined)
      findings.push(`${subnet.name} has no security group`)
  }
  return findings
}

/** Private endpoints answer https of this network and of peered ones, and nothing else. */
function checkSecurity(deployment: Deployment): string[] {
  const groups = ofType(deployment, 'Microsoft.Network/networkSecurityGroups')
  const endpoints = groups.find(({ name }) => name.endsWith('-pe'))
  if (endpoints === undefined) return ['snet-pe has no security rules']
  return Object.entries({
    '0.properties.access': 'Allow',
    '0.properties.sourceAddressPrefix': 'VirtualNetwork',
    '0.properties.destinationPortRange': '443',
    '1.properties.access': 'Deny',
    '1.properties.sourceAddressPrefix': '*',
    length: 2,
  }).flatMap(([path, expected]) => compare(endpoints, `properties.securityRules.${path}`, expected))
}

interface Subnet {
  readonly name: string
  readonly properties: {
    readonly delegations?: readonly { readonly properties: { readonly serviceName: string } }[]
    readonly privateEndpointNetworkPolicies?: string
    readonly networkSecurityGroup?: object
  }
}

/** One endpoint for the vault, one for the host's blobs, one for the tables of every account. */
function checkEndpoints(deployment: Deployment): string[] {
  const accounts = ofType(deployment, 'Microsoft.Storage/storageAccounts')
  const wanted = ['blob', ...accounts.map(() => 'table'), 'vault']
  const groups = ofType(deployment, 'Microsoft.Network/privateEndpoints').map((endpoint) => {
    const [connection] = valueAt(endpoint, 'properties.privateLinkServiceConnections') as {
      properties: { groupIds: string[] }
    }[]
    return connection?.properties.groupIds.join() ?? ''
  })
  const zones = ofType(deployment, 'Microsoft.Network/privateDnsZones').map((zone) =>
    String(valueAt(zone, 'name')),
  )
  const wantedZones = [
    'privatelink.blob.core.windows.net',
    'privatelink.table.core.windows.net',
    'privatelink.vaultcore.azure.net',
  ]
  const findings: string[] = []
  if (groups.sort().join() !== wanted.join()) findings.push(`private endpoints: ${groups.join()}`)
  if (zones.length > 0 && zones.sort().join() !== wantedZones.join())
    findings.push(`DNS zones: ${zones.join()}`)
  const records = ofType(deployment, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups')
  if (records.length !== groups.length) findings.push('a private endpoint has no DNS zone')
  const used = records.map((record) =>
    String(valueAt(record, 'properties.privateDnsZoneConfigs.0.properties.privateDnsZoneId')),
  )
  const named = used.map((id) => id.slice(id.lastIndexOf('/') + 1))
  for (const zone of wantedZones)
    if (!named.includes(zone)) findings.push(`no private endpoint is found by ${zone}`)
  return findings
}

/** Says where Front Door caches, talks plain http or can be walked around. */
export function checkFrontDoor(deployment: Deployment): string[] {
  const site = ofType(deployment, 'Microsoft.Web/sites')[0]
  if (site === undefined) return ['no function app']
  const restriction = 'properties.siteConfig.ipSecurityRestrictions'
  if (!hasFrontDoor(deployment))
    return [
      ...compare(site, `${restriction}DefaultAction`, 'Allow'),
      ...compare(site, restriction, []),
    ]
  return [
    ...compare(site, `${restriction}DefaultAction`, 'Deny'),
    ...compare(site, `${restriction}.length`, 1),
    ...compare(site, `${restriction}.0.tag`, 'ServiceTag'),
    ...compare(site, `${restriction}.0.ipAddress`, 'AzureFrontDoor.Backend'),
    ...compare(site, `${restriction}.0.action`, 'Allow'),
    ...(JSON.stringify(valueAt(site, `${restriction}.0.headers.x-azure-fdid`))?.includes(
      'frontDoorId',
    )
      ? []
      : ['the function app takes requests of any Front Door']),
    ...compareAll(deployment, frontDoor),
  ]
}

const frontDoor = {
  'Microsoft.Cdn/profiles': {
    'sku.name': 'Standard_AzureFrontDoor',
    'properties.originResponseTimeoutSeconds': 240,
  },
  'Microsoft.Cdn/profiles/customDomains': {
    'properties.tlsSettings.certificateType': 'ManagedCertificate',
    'properties.tlsSettings.minimumTlsVersion': 'TLS12',
  },
  'Microsoft.Cdn/profiles/originGroups': {
    'properties.healthProbeSettings': /^undefined$/,
    'properties.sessionAffinityState': 'Disabled',
  },
  'Microsoft.Cdn/profiles/originGroups/origins': {
    'properties.enforceCertificateNameCheck': true,
  },
  'Microsoft.Cdn/profiles/afdEndpoints/routes': {
    'properties.cacheConfiguration': /^undefined$/,
    'properties.forwardingProtocol': 'HttpsOnly',
    'properties.httpsRedirect': 'Enabled',
    'properties.linkToDefaultDomain': 'Disabled',
  },
  'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies': {
    'sku.name': 'Standard_AzureFrontDoor',
    'properties.policySettings.enabledState': 'Enabled',
    'properties.policySettings.mode': 'Prevention',
    'properties.customRules.rules.0.action': 'Block',
    'properties.customRules.rules.0.ruleType': 'RateLimitRule',
    'properties.customRules.rules.0.matchConditions.0.operator': 'Any',
    'properties.customRules.rules.0.matchConditions.0.matchVariable': 'RequestUri',
  },
}
