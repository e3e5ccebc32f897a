// Calls every public method of node-quickbooks on the entities that are served, and prints one JSON line for each.
// The library is unmodified except for its base addresses. Settings come as one JSON value in the first argument.
'use strict'

const QuickBooks = require('node-quickbooks')
const version = require('node-quickbooks/package.json').version

const asked = JSON.parse(process.argv[2])
QuickBooks.V3_ENDPOINT_BASE_URL = asked.base + '/v3/company/'
QuickBooks.TOKEN_URL = asked.base + '/oauth2/v1/tokens/bearer'
QuickBooks.REVOKE_URL = asked.base + '/v2/oauth2/tokens/revoke'
QuickBooks.USER_INFO_URL = asked.base + '/v1/openid_connect/userinfo'
const company = asked.company
const books = new QuickBooks(company.client_id, company.client_secret, company.access_token, false,
  company.realm_id, true, false, 75, '2.0', company.refresh_token)

let count = 0
const name = () => 'Made in node ' + (++count)
const customer = { CustomerRef: { value: '1' } }
const sold = {
  Amount: 25, DetailType: 'SalesItemLineDetail',
  SalesItemLineDetail: { ItemRef: { value: '1' }, Qty: 1, UnitPrice: 25 }
}
const bought = {
  Amount: 25, DetailType: 'AccountBasedExpenseLineDetail',
  AccountBasedExpenseLineDetail: { AccountRef: { value: '80' } }
}
const booked = (side, account) => ({
  Amount: 25, DetailType: 'JournalEntryLineDetail',
  JournalEntryLineDetail: { PostingType: side, AccountRef: { value: account } }
})
const form = () => ({ ...customer, Line: [sold], BillEmail: { Address: 'someone@example.com' } })
const fromVendor = () => ({ VendorRef: { value: asked.vendor }, Line: [bought] })
const bodies = {
  Account: () => ({ Name: name(), AccountType: 'Bank', AccountSubType: 'Checking' }),
  Attachable: () => ({ Note: name() }),
  Bill: fromVendor,
  Class: () => ({ Name: name() }),
  CreditMemo: form,
  Customer: () => ({ DisplayName: name() }),
  Department: () => ({ Name: name() }),
  Deposit: () => ({
    DepositToAccountRef: { value: '35' },
    Line: [{ Amount: 25, DetailType: 'DepositLineDetail', DepositLineDetail: { AccountRef: { value: '79' } } }]
  }),
  Employee: () => ({ GivenName: 'Ann', FamilyName: name() }),
  Estimate: form,
  Invoice: form,
  Item: () => ({ Name: name(), Type: 'Service', IncomeAccountRef: { value: '45' } }),
  JournalEntry: () => ({ Line: [booked('Debit', '80'), booked('Credit', '79')] }),
  Payment: () => ({ ...customer, TotalAmt: 25 }),
  PaymentMethod: () => ({ Name: 'In node ' + (++count) }),
  Purchase: () => ({ PaymentType: 'Check', AccountRef: { value: '35' }, Line: [bought] }),
  PurchaseOrder: () => ({ ...fromVendor(), POEmail: { Address: 'someone@example.com' } }),
  RefundReceipt: () => ({ ...form(), DepositToAccountRef: { value: '35' } }),
  SalesReceipt: form,
  TaxAgency: () => ({ DisplayName: name() }),
  TaxService: () => ({
    TaxCode: name(), TaxRateDetails: [{ TaxRateName: name(), RateValue: 10, TaxAgencyId: '1', TaxApplicableOn: 'Sales' }]
  }),
  Term: () => ({ Name: 'Node ' + (++count), DueDays: 3 }),
  TimeActivity: () => ({ NameOf: 'Employee', EmployeeRef: { value: asked.employee }, Hours: 2, Minutes: 0 }),
  Transfer: () => ({ FromAccountRef: { value: '35' }, ToAccountRef: { value: '36' }, Amount: 25 }),
  Vendor: () => ({ DisplayName: name() }),
  VendorCredit: fromVendor
}

// what a call gave: its answer, or the code of the fault, or the status, or the message of what was thrown
function call (method, ...rest) {
  return new Promise((resolve) => {
    const done = (error, answer) => {
      if (!error) return resolve({ answer })
      const body = (error.response && error.response.data) || error
      const fault = body.Fault && body.Fault.Error && body.Fault.Error[0]
      resolve({
        refused: fault ? String(fault.code) : error.response ? String(error.response.status) : String(error.message || error)
      })
    }
    try {
      books[method](...rest, done)
    } catch (error) {
      resolve({ refused: String(error.message).split(':')[0] })
    }
  })
}

const singular = (found) => {
  const irregular = { Classes: 'Class', CompanyInfos: 'CompanyInfo', Preferenceses: 'Preferences', TaxAgencies: 'TaxAgency' }
  return irregular[found] || found.replace(/ies$/, 'y').replace(/s$/, '')
}
const a = async (entity) => bodies[entity] ? (await call('create' + entity, bodies[entity]())).answer : undefined

async function outcome (method) {
  const verb = /^(create|get|update|delete|void|find|send|report)([A-Z].*)$/.exec(method)
  if (method === 'batch') return call(method, [{ bId: '1', operation: 'create', Customer: { DisplayName: name() } }])
  if (method === 'changeDataCapture') return call(method, ['Customer', 'Invoice'], new Date(Date.now() - 600000))
  if (method === 'upload') return call(method, 'note.txt', 'text/plain', Buffer.from('a note'), 'Invoice', '1')
  if (method === 'refreshAccessToken' || method === 'getUserInfo') return call(method)
  if (method === 'revokeAccess') return call(method, true)
  if (method === 'getReports') return call(method, '1')
  if (!verb) return { refused: 'not called' }
  const [, what, rest] = verb
  if (what === 'report') return call(method, {})
  if (what === 'create') return call(method, (bodies[rest] || (() => ({ Name: name() })))())
  if (what === 'find') return call(method, { limit: 5 })
  const entity = rest.replace(/Pdf$/, '')
  if (entity === 'ExchangeRate' && what === 'get') return call(method, { sourcecurrencycode: 'EUR' })
  const single = ['CompanyInfo', 'Preferences'].includes(entity)
  const made = single ? (await call('get' + entity, ...(entity === 'Preferences' ? [] : ['1']))).answer : await a(entity)
  const id = made ? made.Id : '1'
  if (what === 'get') return entity === 'Preferences' ? call(method) : call(method, id)
  if (what === 'send') return call(method, id, 'somebody@example.com')
  if (what === 'update') return call(method, made || { Id: '1', SyncToken: '0', Name: name() })
  if (method === 'voidPayment') return call(method, made)
  return call(method, made ? id : { Id: '1', SyncToken: '0' })
}

const helpers = ['capitalize', 'pluralize']
const atAnotherAddress = ['reconnect', 'disconnect'] // OAuth 1, which ended
const last = ['refreshAccessToken', 'revokeAccess']

async function main () {
  const methods = Object.keys(QuickBooks.prototype).filter((found) => !helpers.includes(found))
  console.log(JSON.stringify({ library: 'node-quickbooks', version, node: process.version }))
  for (const method of [...methods.filter((found) => !last.includes(found)), ...last]) {
    const found = atAnotherAddress.includes(method) ? { refused: 'not called' } : await outcome(method)
    const verb = /^(create|get|update|delete|void|find|send)([A-Z].*)$/.exec(method)
    console.log(JSON.stringify({
      method,
      entity: verb ? (verb[1] === 'find' ? singular(verb[2]) : verb[2].replace(/Pdf$/, '')) : '',
      refused: found.refused || '',
      answered: found.refused ? '' : Buffer.isBuffer(found.answer) || found.answer instanceof ArrayBuffer ? 'bytes' : typeof found.answer
    }))
  }
}

main()
