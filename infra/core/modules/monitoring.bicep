metadata description = 'Log Analytics and Application Insights; both accept telemetry of Entra identities only.'

@description('Required. Azure region.')
param location string

@description('Required. Name of the workspace.')
param workspaceName string

@description('Required. Whether the workspace is one of this deployment.')
param ownWorkspace bool

@description('Required. Id of the workspace, of this deployment or another.')
param workspaceId string

@description('Required. Days that logs are kept.')
param retentionDays int

@description('Required. Name of the Application Insights component.')
param componentName string

@description('Required. Gigabytes of logs a day after which ingestion pauses until the next; -1: no cap.')
param dailyQuotaGb int

@description('Required. Tags of every resource.')
param tags { *: string }

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = if (ownWorkspace) {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    features: { disableLocalAuth: true }
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  kind: 'web'
  tags: tags
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true
  }
  dependsOn: [workspace]
}
