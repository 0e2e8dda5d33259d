// A registration that somebody else made: nothing is written to the directory.
using '../../infra/identity/main.bicep'

param environmentName = 'existing'
param location = 'westeurope'
param publicBaseUrl = 'https://app.example.com'
param existingClientId = '33333333-3333-4333-8333-333333333333'
