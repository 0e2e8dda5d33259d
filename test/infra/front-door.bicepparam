// One origin for SPA and application, a certificate for a credential.
using '../../infra/core/main.bicep'

param environmentName = 'edge'
param location = 'westeurope'
param resourceGroupName = 'rg-edge'
param identityName = 'id-bff-edge'
param identityPrincipalId = '11111111-1111-4111-8111-111111111111'
param identityClientId = '22222222-2222-4222-8222-222222222222'
param functionAppName = 'func-bff-edge'
param entraClientId = '33333333-3333-4333-8333-333333333333'
param entraTenantId = '44444444-4444-4444-8444-444444444444'
param publicBaseUrl = 'https://app.example.com'
param clientCredential = 'certificate'
param frontDoor = true
param spaHostName = 'spa.z6.web.core.windows.net'
param keyVaultPurgeProtection = false
