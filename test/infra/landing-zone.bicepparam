// Network, DNS zones and workspace of a platform team, with every other option that there is for one.
using '../../infra/core/main.bicep'

param environmentName = 'zone'
param location = 'westeurope'
param resourceGroupName = 'rg-zone'
param identityName = 'id-bff-zone'
param identityPrincipalId = '11111111-1111-4111-8111-111111111111'
param identityClientId = '22222222-2222-4222-8222-222222222222'
param functionAppName = 'func-bff-zone'
param entraClientId = '33333333-3333-4333-8333-333333333333'
param publicBaseUrl = 'https://app.example.com'
param clientCredential = 'federated'
param appSettings = {
  UPSTREAMS: '{"files":{"url":"https://files.example.com/","scopes":["api://files/.default"],"maxBodyBytes":52428800},"orders":{"url":"https://orders.example.com/","scopes":["api://orders/.default"]}}'
}
param privateNetworking = true
param appSubnetId = '/subscriptions/66666666-6666-4666-8666-666666666666/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/functions'
param endpointSubnetId = '/subscriptions/66666666-6666-4666-8666-666666666666/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/endpoints'
param privateDnsGroupId = '/subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg-dns'
param existingWorkspaceId = '/subscriptions/77777777-7777-4777-8777-777777777777/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/log-platform'
param hostKeyStorage = 'files'
param tags = {
  costCenter: '4711'
  owner: 'identity team'
}
param alertEmail = 'operations@example.com'
param frontDoor = true
param staticWebAppRegion = 'westeurope'
