// The defaults: what azd provisions when nothing is set.
using '../../infra/core/main.bicep'

param environmentName = 'public'
param location = 'westeurope'
param resourceGroupName = 'rg-public'
param identityName = 'id-bff-public'
param identityPrincipalId = '11111111-1111-4111-8111-111111111111'
param identityClientId = '22222222-2222-4222-8222-222222222222'
param functionAppName = 'func-bff-public'
param entraClientId = '33333333-3333-4333-8333-333333333333'
param deployerPrincipalId = '55555555-5555-4555-8555-555555555555'
