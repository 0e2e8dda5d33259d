metadata description = 'The identity that the function app runs as; every role is assigned to it.'

@description('Required. Azure region.')
param location string

@description('Required. Name of the identity.')
param identityName string

@description('Required. Tags of every resource.')
param tags { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: identityName
  location: location
  tags: tags
}

@description('Object id of the identity, the subject of role assignments and of the federated credential.')
output principalId string = identity.properties.principalId

@description('Client id of the identity, which selects it when a token is asked for.')
output clientId string = identity.properties.clientId
