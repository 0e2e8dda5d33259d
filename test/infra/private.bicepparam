// Everything closed: a virtual network, no client secret, several accounts, a domain of its own.
using '../../infra/core/main.bicep'

param environmentName = 'private'
param location = 'westeurope'
param resourceGroupName = 'rg-private'
param identityName = 'id-bff-private'
param identityPrincipalId = '11111111-1111-4111-8111-111111111111'
param identityClientId = '22222222-2222-4222-8222-222222222222'
param functionAppName = 'func-bff-private'
param entraClientId = '33333333-3333-4333-8333-333333333333'
param entraTenantId = 'organizations'
param publicBaseUrl = 'https://api.example.com'
param allowedOrigins = 'https://app.example.com'
param clientCredential = 'federated'
param appSettings = {
  DEFAULT_RETURN_TO: 'https://app.example.com/'
  ENTRA_ALLOWED_TENANTS: '44444444-4444-4444-8444-444444444444'
  SESSION_IDLE_MINUTES: '30'
  UPSTREAMS: '{"graph":{"url":"https://graph.microsoft.com/v1.0/","scopes":["User.Read"]}}'
}
param nodeVersion = '24'
param instanceMemoryMB = 512
param maximumInstanceCount = 100
param alwaysReadyHttpInstances = 2
param httpPerInstanceConcurrency = 32
param zoneRedundant = true
param storageSku = 'Standard_ZRS'
param storageAccountCount = 3
param privateNetworking = true
param customHostName = 'api.example.com'
param deployerPrincipalId = '55555555-5555-4555-8555-555555555555'
param deployerPrincipalType = 'ServicePrincipal'
param alertEmail = 'operations@example.com'
param staticOutboundAddress = true
param logRetentionDays = 90
param monthlyBudget = 50
param budgetStart = '2026-12-01'
