// A registration of our own, on the default host name.
using '../../infra/identity/main.bicep'

param environmentName = 'identity'
param location = 'westeurope'
param owners = '88888888-8888-4888-8888-888888888888, 99999999-9999-4999-8999-999999999999'
param tags = { costCenter: '4711' }
