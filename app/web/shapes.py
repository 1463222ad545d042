"""What is asked and answered, in a shorthand that people can read: the source of /openapi.json (app/web/openapi.py).

    name:type   every field of an object      name?   may be left out      type[]   a list      type|null
    won 1 … 2⁵³−1   won0 from 0   int 0 … 2⁵³−1   time Unix seconds   hex   b64 base64url without padding   Capital: a shape
"""

SHAPES = {
    # --- shared
    "Slip": "receipt:b64 entry:int at_s:time amount_won:won0",
    "Brief": "type:text word:Word number:int final:bool facts:Facts status:int",
    "Message": "message:b64",
    "Names": "ko:text en:text",
    "State": "state:text",
    # --- sales
    "SaleIn": "payer:b64 payee:b64",
    "Sales": "payer?:b64 payee?:b64 sales?:SaleIn[]",
    "Half": "payer_receipt:b64 half:b64 salt:b64 other:b64",
    "Sold": "receipt?:b64 entry?:int at_s?:time amount_won?:won0 payer_receipt?:b64 half?:b64 salt?:b64 other?:b64 "
            "problem?:Brief answers?:Sold[]",
    "Outcome": "state:settled/refused/unknown receipt?:b64 entry?:int at_s?:time amount_won?:won0 problem?:Brief refusal?:b64e",
    # --- residents
    "Opened": "account:hex aliases:hex[]",
    "Aliases": "aliases:hex[]",
    "Certificate": "certificate:b64 cap_won:won0 from_s:time until_s:time",
    "Join": "message:b64 code:text",
    "Lot": "coin:int programme:text categories:int[] anywhere:bool amount_won:won0 expires_at_s:time",
    "Moved": "entry:int kind:text at_s:time amount_won:won0 refunded_won:won0 of:int|null to_programme_won:won0 borne_won:won0 "
             "shop:int|null "
             "shop_name:text",
    "Wallet": "account:hex linked:bool frozen:bool wish:text balance_won:won0 lots:Lot[] history:Moved[] more:bool offline:OfflineRight "
              "limit:KeyLimit|null newer:Device[]",
    "OfflineRight": "barred:bool payer_won:won0 periods:int[][]",
    "Use": "coin:int programme:text amount_won:won0",
    "Preview": "spendable_here_won:won0 balance_won:won0 uses:Use[] enough:bool missing_won:won0 word:text shop_name:text limit:DayLimit|null",
    "Device": "device:hex card:bool at_s:time",
    "KeyLimit": "limit_won:won0 left_won:won0 again_at_s:time|null new_phone:bool",
    "DayLimit": "limit_won:won0 left_won:won0 again_at_s:time",
    "Entry": "entry:int",
    # --- tills
    "CardPay": "card:text pin:text request:b64",
    "CardAsk": "card:text pin:text",
    "LookIn": "look:b64",
    "Left": "balance_won:won0 spendable_here_won:won0 limit:KeyLimit|null ends:LeftEnd[]",
    "LeftEnd": "day:text left_days:int amount_won:won0",
    "Line": "entry:int kind:sale/refund/void at_s:time amount_won:won0 refunded_won:won0 of:int|null reference:text cashier:int "
            "subject:hex",
    "TillDay": "till:int shop:int shop_name:text rights:int sales:Line[] day_total_won:won0 day_sales:int more:bool",
    "PairIn": "code:text key:b64 refund_key:b64 proof:b64 refund_proof:b64",
    "Pairing": "state:text check:text till?:int|null shop?:int shop_name?:text rights?:int",
    "Cashier": "number:int name:text present:bool may_void:bool salt:b64 digest:b64 card:b64e",
    "Staff": "version:int rounds:int cashiers:Cashier[]",
    "StaffIn": "version:int cashier:CashierIn",
    "CashierIn": "number:int name?:text present?:bool may_void?:bool salt?:b64 digest?:b64 card?:b64e",
    "Before": "before:int",
    "SignInIn": "cashier:int pin?:text card?:b64",
    "SignedIn": "number:int name:text may_void:bool",
    "ShopTill": "till:int in_use:bool gives_back:bool day_total_won:won0 day_sales:int",
    "ShopLine": "entry:int kind:sale/refund/void at_s:time amount_won:won0 refunded_won:won0 of:int|null reference:text cashier:int "
                "subject:hex till:int",
    "ShopDay": "shop:int day_total_won:won0 day_sales:int tills:ShopTill[] sales:ShopLine[] more:bool",
    "Question": "entry:int amount_won:won at_s:time asked_at_s:time",
    "Questions": "questions:Question[]",
    "No": "entry:int cashier:int",
    "Sums": "sales:int sales_won:won0 refunds:int refunds_won:won0 voids:int voids_won:won0 net_won:signed",
    "CashierSums": "cashier:int + Sums",
    "TillSums": "till:int + Sums",
    "DaySums": "day:text + Sums",
    "Closing": "number:int first:int last:int at_s:time by_till:int by_cashier:int",
    "Closings": "closings:Closing[]",
    "CloseIn": "scope?:till/shop first:int last:int cashier:int",
    "Under": "origin:text size:int root:hex",
    "Close": "scope:till/shop shop:int shop_name:text till:int|null first:int last:int from_s:time|null until_s:time|null opening:int|null "
             "closing:int|null total:Sums cashiers:CashierSums[] tills:TillSums[] days:DaySums[] month:text|null final:bool "
             "digest:text checkpoint:Under|null recorded:Closing|null zone:text",
    "Reprint": "receipt:b64 entry:int at_s:time amount_won:won0 kind:text of:int|null till:int cashier:int reference:text goods:Goods|null",
    "GoodsLine": "name:text price_won:won count:int",
    "GoodsLineIn": "name:text price_won:won count?:int",
    "Goods": "lines:GoodsLine[] tip_won:won0 discount_won:won0",
    "GoodsIn": "lines:GoodsLineIn[] tip_won?:won0 discount_won?:won0",
    "SoldGoods": "goods:Goods",
    # --- vendors
    "CheckoutIn": "till:int amount_won:won reference_id:reference deadline_s:deadline cashier?:cashier webhook?:int|null "
                  "lines?:GoodsLineIn[] tip_won?:won0 discount_won?:won0",
    "Checkout": "id:text state:PENDING/IN_PROGRESS/CANCELED/COMPLETED cancel_reason:why|null till:int shop:int amount_won:won "
                "reference_id:text cashier:int deadline_s:int webhook:int|null created_at_s:time deadline_at_s:time "
                "payable_until_s:time|null taken_offline_at_s:time|null request:text|null entry:int|null receipt:b64|null "
                "goods:Goods|null",
    "Checkouts": "checkouts:Checkout[] cursor:text|null",
    "TillCheckouts": "checkouts:Checkout[]",
    "WebhookIn": "url:text secret?:secret|null",
    "Webhook": "webhook:int url:text state:on/off/gone created_at_s:time",
    "NewWebhook": "secret:text + Webhook",
    "Delivery": "id:text checkout:text state:waiting/delivered/given-up tries:int said:text|null next_at_s:time|null created_at_s:time",
    "WebhookSaid": "deliveries:Delivery[] + Webhook",
    "Webhooks": "webhooks:Webhook[]",
    "WebhookNumber": "webhook:int",
    "TokenIn": "name:text digest:b64",
    "Token": "token:int name:text till:int created_at_s:time",
    "Tokens": "tokens:Token[]",
    "TokenNumber": "token:int",
    # --- the city
    "Proof": "number:int message:b64 approvals:b64[]",
    "Coin": "number:int key:text name:Names",
    "City": "chain_id:hex host:text host_text:text name:Names zone:text currency:Names genesis:hex operational:Proof[] "
            "code_cap_won:won0 office_phone:text coins:Coin[] categories:Coin[]",
    "Rule": "word:Word number:int final:bool",
    "Words": "words:Rule[]",
    "Events": "events:Event[] now_ms:int",
    "Jwk": "kty:text crv:text x:b64 kid:text alg:text use:text operational:int valid_from_s:time valid_until_s:time",
    "Jwks": "keys:Jwk[]",
    "Ready": "ready:bool why:text sweep:text keys:text disk:text",
    "Health": "alive:bool",
}

TILL, WALLET, VENDOR, READER, ANYBODY = "till", "wallet", "vendor", "reader", ""
OWNER, OWNER_TOO, OWNERS_PROGRAM = "owner", "till or owner", "token or owner"
TEXT, BYTES, CBOR, CSV, PDF, STREAM = (
    "text/plain", "application/octet-stream", "application/cbor", "text/csv", "application/pdf", "text/event-stream")

# (method, rule as Flask has it, who asks, body, what is answered, query, in one sentence)
ROUTES = (
    ("POST", "/api/sales", ANYBODY, "Sales", "Sold", "", "Settles a payer's and a payee's message, or up to 50 pairs."),
    ("POST", "/api/refunds", ANYBODY, "Message", "Slip", "", "A till's refund or void."),
    ("GET", "/api/outcomes/<int:expires_at_s>/<message_id>", ANYBODY, "", "Outcome", "", "What became of a message."),
    ("POST", "/api/accounts", ANYBODY, "Message", "Opened", "", "Opens an account for a new key."),
    ("POST", "/api/aliases", ANYBODY, "Message", "Aliases", "", "More aliases for a wallet's stock."),
    ("POST", "/api/certificates", ANYBODY, "Message", "Certificate", "", "Certifies a fresh key for sales without a network."),
    ("POST", "/api/joins", ANYBODY, "Join", "State", "", "A wallet asks to be linked to a person."),
    ("GET", "/api/wallet", WALLET, "", "Wallet", "before?:int", "Balance and history of the account that asks."),
    ("GET", "/api/receipts/<int:entry>", WALLET, "", "Half", "", "The payer's receipt and opened half of a payment."),
    ("GET", "/api/preview", WALLET, "", "Preview", "shop:int amount_won:int", "What a payment would take."),
    ("POST", "/api/mistakes", WALLET, "Entry", "State", "", "The payer asks the till to give a payment back."),
    ("GET", "/api/mistakes/<int:entry>", WALLET, "", "State", "", "What the till answered."),
    ("GET", "/api/till", TILL, "", "TillDay", "before?:int", "A till's sales and the day's sum."),
    ("POST", "/api/tills/pair", ANYBODY, "PairIn", "Pairing", "", "A new till brings its keys."),
    ("GET", "/api/tills/pair/<code>", ANYBODY, "", "Pairing", "", "What has become of a pairing."),
    ("GET", "/api/till/staff", TILL, "", "Staff", "", "Who may sign in at the shop's tills."),
    ("POST", "/api/till/staff", OWNER, "StaffIn", "Staff", "", "The owner changes a cashier."),
    ("POST", "/api/till/sign-in", TILL, "SignInIn", "SignedIn", "", "A cashier signs in."),
    ("POST", "/api/till/shop", OWNER, "Before", "ShopDay", "", "The owner looks at all tills."),
    ("GET", "/api/till/questions", TILL, "", "Questions", "", "Payers who say that they paid by mistake."),
    ("POST", "/api/till/questions", TILL, "No", "Questions", "", "The till says no to one."),
    ("GET", "/api/till/receipts/<int:entry>", TILL, "", "Reprint", "", "A receipt of this till, to print again."),
    ("POST", "/api/till/receipts/<int:entry>", TILL, "GoodsIn", "SoldGoods", "", "What a sale of this till was of; its sum is worked out anew and must be the sale's."),
    ("POST", "/api/cards/pay", TILL, "CardPay", "Slip", "", "Pays this till's own request out of a paper card, on its PIN."),
    ("POST", "/api/cards/balance", TILL, "CardAsk", "Left", "", "What is left on a paper card and until when, on its PIN: for a slip in its holder's hand, not for the shop's screen."),
    ("POST", "/api/slips", TILL, "LookIn", "Left", "", "The same of a phone, by the look that it showed this till."),
    ("GET", "/api/close", OWNER_TOO, "", ("Close", CSV, PDF), "scope?:till/shop as?:json/csv/pdf closing?:int day?:text month?:text",
     "A closing of this till; of its whole shop, or a month's, by the owner's order."),
    ("POST", "/api/close", OWNER_TOO, "CloseIn", "Close", "", "Records this till's closing; the whole shop's by the owner's order."),
    ("GET", "/api/closings", OWNER_TOO, "", "Closings", "scope?:till/shop", "The closings that were recorded; the whole shop's by the owner's order."),
    ("PUT", "/api/checkouts/<checkout_id>", VENDOR, "CheckoutIn", "Checkout", "", "Asks a till for an amount, once for each id."),
    ("GET", "/api/checkouts/<checkout_id>", VENDOR, "", ("Checkout", TEXT), "format?:json/emv", "A checkout as the ledger has it."),
    ("POST", "/api/checkouts/<checkout_id>/cancel", VENDOR, "", "Checkout", "", "Ends a checkout that is not paid."),
    ("GET", "/api/checkouts", VENDOR, "", "Checkouts", "cursor?:text limit?:limit state?:PENDING/IN_PROGRESS/CANCELED/COMPLETED till?:int",
     "The shop's checkouts, newest first."),
    ("GET", "/api/till/checkouts", TILL, "", "TillCheckouts", "", "What this till is asked to show."),
    ("POST", "/api/till/checkouts/<checkout_id>/take", TILL, "", "Checkout", "", "The till takes one up."),
    ("POST", "/api/till/checkouts/<checkout_id>/messages", TILL, "Message", "Checkout", "", "A request or charge that the till signed for it."),
    ("POST", "/api/webhooks", OWNERS_PROGRAM, "WebhookIn", "NewWebhook", "", "Where to tell of changes; the secret is shown once. With a secret of the asker's own the same again is the same webhook."),
    ("GET", "/api/webhooks", VENDOR, "", "Webhooks", "", "The shop's webhooks."),
    ("GET", "/api/webhooks/<int:number>", VENDOR, "", "WebhookSaid", "", "One of them, and how telling it went."),
    ("DELETE", "/api/webhooks/<int:number>", OWNERS_PROGRAM, "", "WebhookNumber", "", "Takes one back."),
    ("POST", "/api/tokens", OWNER, "TokenIn", "Token", "", "The owner gives a program a token."),
    ("GET", "/api/tokens", TILL, "", "Tokens", "", "The tokens in use."),
    ("DELETE", "/api/tokens/<int:number>", OWNER, "", "TokenNumber", "", "Takes one back."),
    ("GET", "/api/events", READER, "", (STREAM,), "after?:int", "Server-sent events of a till or a wallet."),
    ("GET", "/api/events/poll", READER, "", "Events", "after?:int", "The same as a long poll of up to 25 s."),
    ("GET", "/api/city", ANYBODY, "", "City", "", "What a device pins when it joins."),
    ("GET", "/api/directory", ANYBODY, "", ("Directory",), "", "Open shops; its exact bytes are signed."),
    ("GET", "/api/directory/signature", ANYBODY, "", "Message", "", "The signature over the directory."),
    ("GET", "/api/words", ANYBODY, "", "Words", "", "The closed list of refusals."),
    ("GET", "/log/checkpoint", ANYBODY, "", (TEXT,), "", "The newest signed note (C2SP tlog-checkpoint)."),
    ("GET", "/log/tile/<path:path>", ANYBODY, "", (BYTES,), "", "A tile (C2SP tlog-tiles)."),
    ("GET", "/log/proof/<int:entry>", ANYBODY, "", (TEXT,), "", "An entry's proof (C2SP tlog-proof)."),
    ("GET", "/log/genesis", ANYBODY, "", (CBOR,), "", "The exact bytes whose hash is the chain id."),
    ("GET", "/.well-known/jwks.json", ANYBODY, "", ("Jwks",), "", "The keys that sign receipts, as JWK (RFC 8037)."),
    ("GET", "/openapi.json", ANYBODY, "", ("Anything",), "", "This description."),
    ("GET", "/readyz", ANYBODY, "", "Ready", "", "Whether the city takes payments now."),
    ("GET", "/health", ANYBODY, "", "Health", "", "Whether this process answers."),
)
