"""Who and what the sample company deals with: the names of Intuit's own sample, with made-up particulars."""

from __future__ import annotations

# display name, given, family, company, suburb or city, postcode or state zip
PEOPLE = (
    ("Amy's Bird Sanctuary", "Amy", "Lauterbach", "Amy's Bird Sanctuary"),
    ("Bill's Windsurf Shop", "Bill", "Lucchini", "Bill's Windsurf Shop"),
    ("Cool Cars", "Grace", "Pariente", "Cool Cars"),
    ("Diego Rodriguez", "Diego", "Rodriguez", ""),
    ("Dukes Basketball Camp", "Peter", "Dukes", "Dukes Basketball Camp"),
    ("Dylan Sollfrank", "Dylan", "Sollfrank", ""),
    ("Freeman Sporting Goods", "Kirby", "Freeman", "Freeman Sporting Goods"),
    ("Geeta Kalapatapu", "Geeta", "Kalapatapu", ""),
    ("Gevelber Photography", "Lisa", "Gevelber", "Gevelber Photography"),
    ("Jeff's Jalopies", "Jeff", "Chin", "Jeff's Jalopies"),
    ("John Melton", "John", "Melton", ""),
    ("Kate Whelan", "Kate", "Whelan", ""),
    ("Kookies by Kathy", "Kathy", "Kuplis", "Kookies by Kathy"),
    ("Mark Cho", "Mark", "Cho", ""),
    ("Paulsen Medical Supplies", "Kathy", "Paulsen", "Paulsen Medical Supplies"),
    ("Pye's Cakes", "Karen", "Pye", "Pye's Cakes"),
    ("Rago Travel Agency", "Tony", "Rago", "Rago Travel Agency"),
    ("Red Rock Diner", "Stephanie", "Martini", "Red Rock Diner"),
    ("Rondonuwu Fruit and Vegi", "Tony", "Rondonuwu", "Rondonuwu Fruit and Vegi"),
    ("Shara Barnett", "Shara", "Barnett", ""),
    ("Sonnenschein Family Store", "Russ", "Sonnenschein", "Sonnenschein Family Store"),
    ("Sushi by Katsuyuki", "Katsuyuki", "Yanagawa", "Sushi by Katsuyuki"),
    ("Travis Waldron", "Travis", "Waldron", ""),
    ("Video Games by Dan", "Daniel", "Green", "Video Games by Dan"),
    ("Wedding Planning by Whitney", "Dean", "Whitney", "Wedding Planning by Whitney"),
    ("Weiskopf Consulting", "Nicola", "Weiskopf", "Weiskopf Consulting"),
)
SUBS = (
    ("Freeman Sporting Goods", "0969 Ocean View Road"),
    ("Freeman Sporting Goods", "55 Twin Lane"),
    ("Shara Barnett", "Barnett Design"),
)
VENDORS = (
    "Books by Bessie",
    "Brosnahan Insurance Agency",
    "Computers by Jenni",
    "Hicks Hardware",
    "Norton Lumber and Building Materials",
    "PG&E",
    "Tania's Nursery",
)
EMPLOYEES = (("Emily", "Platt"), ("John", "Johnson"))
# name, type, price, income account
ITEMS = (
    ("Gardening", "Service", "35", "45"),
    ("Design", "Service", "75", "82"),
    ("Installation", "Service", "50", "45"),
    ("Maintenance & Repair", "Service", "40.5", "45"),
    ("Pest Control", "Service", "35", "45"),
    ("Trimming", "Service", "15", "45"),
    ("Sod", "NonInventory", "2.75", "79"),
    ("Soil", "NonInventory", "6.5", "79"),
    ("Lighting", "NonInventory", "22.95", "79"),
    ("Rock Fountain", "Inventory", "275", "79"),
    ("Fountain Pump", "Inventory", "15", "79"),
    ("Sprinkler Heads", "Inventory", "2.35", "79"),
    ("Sprinkler Pipes", "Inventory", "4.15", "79"),
)
FIRST_BY_NAME = {
    "Name": "Concrete",
    "Type": "Service",
    "UnitPrice": 0,
    "IncomeAccountRef": {"value": "45"},
}
"""A plain service without a category, which comes first where items are listed by name, as in Intuit's own sample."""
PLACES = {
    "US": (
        ("Bayshore", "CA", "94326"),
        ("Half Moon Bay", "CA", "94213"),
        ("Tucson", "AZ", "85701"),
        ("Menlo Park", "CA", "94304"),
    ),
    "AU": (
        ("Marrickville", "NSW", "2204"),
        ("Fitzroy", "VIC", "3065"),
        ("Toowong", "QLD", "4066"),
        ("Fremantle", "WA", "6160"),
    ),
}
