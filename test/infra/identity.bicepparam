// A registration of our own, on the default host name.
using '../../infra/identity/main.bicep'

param environmentName = 'identity'
param location = 'westeurope'
