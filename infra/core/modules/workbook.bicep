metadata description = 'A workbook: sign-ins, failures by code, refreshes, latency and storage at a glance.'

@description('Required. Azure region.')
param location string

@description('Required. Application Insights component that the queries read.')
param componentName string

@description('Required. Tags of every resource.')
param tags { *: string }

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(component.id, 'entra-bff')
  location: location
  kind: 'shared'
  tags: tags
  properties: {
    displayName: 'entra-bff'
    category: 'workbook'
    sourceId: component.id
    version: 'Notebook/1.0'
    // Its queries are those of docs/audit-queries.md.
    serializedData: loadTextContent('workbook.json')
  }
}
