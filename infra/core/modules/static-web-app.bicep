metadata description = 'A Static Web App that serves the SPA behind Front Door.'

@description('Required. Region of its control plane; the files are served from everywhere.')
param location string

@description('Required. Name of the app.')
param appName string

@description('Required. Tags of every resource.')
param tags { *: string }

// Standard: only it takes requests of one Front Door alone (forwardingGateway in staticwebapp.config.json).
resource app 'Microsoft.Web/staticSites@2024-11-01' = {
  name: appName
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard' }
  properties: {
    allowConfigFileUpdates: true
    stagingEnvironmentPolicy: 'Disabled'
  }
}

@description('Host name that Front Door sends all other paths to.')
output defaultHostName string = app.properties.defaultHostname
