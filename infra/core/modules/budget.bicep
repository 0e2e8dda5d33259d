metadata description = 'A budget of the resource group: an e-mail at 80 % and when the forecast passes it.'

@description('Required. Amount a month in the currency of the subscription.')
param amount int

@description('Required. First day of a month; the service refuses one that is past when the budget is made.')
param startDate string

@description('Required. Who is told.')
param email string

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'entra-bff'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      actual: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [email]
      }
      forecast: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [email]
      }
    }
  }
}
