"""What the mini shop sells: thirty kinds of product and the words people use for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ware:
    """One kind of product.

    Attributes:
        category: The shop's category.
        query: The search query under which such products were found.
        path: Levels of category.
        nouns: What titles call it.
        spoken: What shoppers call it; partly other words than the titles'.
        attributes: Attributes such a product may have.
        sizes: Values of the option "size", or () for none.
        colours: Whether it comes in colours (in grocery: flavours).
        dollars: Lowest and highest usual price.
    """

    category: str
    query: str
    path: str
    nouns: tuple[str, ...]
    spoken: tuple[str, ...]
    attributes: tuple[str, ...]
    sizes: tuple[str, ...]
    colours: bool
    dollars: tuple[int, int]


_NAMES = {
    "colours": "black white navy grey red pink teal ivory olive burgundy lavender gold silver mint "
    "coral charcoal navy_blue dark_green light_grey rose_gold army_green sky_blue",
    "flavours": "vanilla cinnamon ginger honey peanut hazelnut raspberry mango coconut pumpkin maple "
    "cherry sea_salt dark_chocolate lemon_lime apple_pie",
    "brands": "Alvera Brindle Corvane Dunmore Elowen Farrow Gildana Harwick Iverno Jorvik Kestrel "
    "Lumaro Mirelle Norvane Orlune Pellworth Quillan Ravello Sorrento Tamsin Ulvera Verdano Wexley "
    "Yarrow Zephra Amberly Bexhill Calder Dovane Estella",
    "openers": "Premium New Original Deluxe Classic Handy Everyday Improved Professional Modern "
    "Simple Upgraded",
}
COLOURS, FLAVOURS, BRANDS, OPENERS = (
    tuple(name.replace("_", " ") for name in names.split()) for names in _NAMES.values()
)
ENDINGS = (
    "for Home and Travel",
    "Perfect Gift for Friends",
    "for Men and Women",
    "Great for Daily Use",
    "for Kids and Adults",
    "with Free Storage Bag",
    "for Office, Dorm and Apartment",
    "2022 Edition",
    "Set for Beginners",
    "by Popular Demand",
)

_BEAUTY = "cruelty free|long lasting|paraben free|easy use|high quality|natural ingredients"
_CARE = f"{_BEAUTY}|fragrance free|sensitive skin|anti aging|tea tree|dry skin|dermatologist tested"
_HAIR = f"{_BEAUTY}|sulfate free|hair loss|damaged hair|argan oil|hair growth|coconut oil"
_MAKEUP = f"{_BEAUTY}|easy clean|easy carry|travel size|synthetic hair|bpa free|rose gold"
_HOME = "easy clean|easy assemble|living room|dining room|heavy duty|space saving|high quality"
_WOOD = f"{_HOME}|solid wood|wood frame|steel frame|mid century|storage space|easy install"
_SOFT = f"{_HOME}|machine washable|super soft|eco friendly|spot clean|memory foam|high density"
_FOOD = "gluten free|non gmo|low sugar|dairy free|keto friendly|individually wrapped|high fiber"
_SNACK = f"{_FOOD}|nut free|plant based|high protein|artificial colors|ready eat|soy free"
_DRINK = f"{_FOOD}|caffeine free|freeze dried|fair trade|usda organic|rich flavor|shelf stable"
_TECH = "high speed|easy use|plug play|fast charging|light weight|heavy duty|easy carry"
_SOUND = f"{_TECH}|noise cancelling|wireless bluetooth|stereo sound|hands free|water resistant"
_LINK = f"{_TECH}|gold plated|usb port|high definition|4g lte|high resolution|easy install"
_WEAR = "machine wash|quality materials|daily wear|long sleeve|regular fit|soft material|slim fit"
_FOOT = "rubber sole|non slip|arch support|memory foam|ethylene vinyl|day comfort|lace closure"
_CLOTH = f"{_WEAR}|elastic waist|drawstring closure|cotton spandex|moisture wicking|tummy control"
_SHOE_SIZES = "6|6.5|7|7.5|8|8.5|9|10|11"
_CLOTH_SIZES = "small|medium|large|x-large|xx-large"
_PACKS = "1 pack|2 pack|3 pack|6 pack"

_ROWS = f"""
beauty;face moisturizers;Beauty & Personal Care › Skin Care › Face;face cream,facial moisturizer;face cream,moisturizer,cream for my face;{_CARE};1.7 ounce|2 ounce|3.4 ounce;0;9-48
beauty;body lotions;Beauty & Personal Care › Skin Care › Body;body lotion,body butter;body lotion,lotion;{_CARE};8 fl oz|12 fl oz|16 fl oz;0;6-28
beauty;shampoo;Beauty & Personal Care › Hair Care › Shampoo;shampoo,hair cleanser;shampoo,hair wash;{_HAIR};8 fl oz|12 fl oz|33 fl oz;0;7-36
beauty;hair color;Beauty & Personal Care › Hair Care › Hair Coloring;hair dye,hair color kit;hair dye,color for my hair;{_HAIR};{_PACKS};1;8-30
beauty;makeup brushes;Beauty & Personal Care › Tools & Accessories › Makeup Brushes;makeup brush set,foundation brush;makeup brushes,brush for foundation;{_MAKEUP};10 piece|15 piece|24 piece;1;7-45
beauty;lip care;Beauty & Personal Care › Makeup › Lips;lip balm,lip gloss;lip balm,something for my lips;{_MAKEUP};{_PACKS};1;4-19
garden;sofas;Home & Kitchen › Furniture › Living Room Furniture › Sofas;sofa,loveseat couch;couch,sofa;{_WOOD};2 seater|3 seater;1;180-690
garden;console tables;Home & Kitchen › Furniture › Living Room Furniture › Tables;console table,entryway table;hallway table,console table;{_WOOD};40 inch|48 inch|55 inch;1;60-260
garden;bed frames;Home & Kitchen › Furniture › Bedroom Furniture › Beds;bed frame,platform bed;bed,bed frame;{_WOOD};twin|full|queen|king;1;110-420
garden;area rugs;Home & Kitchen › Home Décor › Rugs;area rug,floor carpet;rug,carpet;{_SOFT};3 ft x 5 ft|5 ft x 8 ft|8 ft x 10 ft;1;25-210
garden;curtains;Home & Kitchen › Home Décor › Window Treatments;blackout curtain,window drape;curtains,drapes;{_SOFT};52 x 63 in|52 x 84 in|52 x 95 in;1;14-70
garden;throw pillows;Home & Kitchen › Bedding › Pillows;throw pillow,cushion cover;cushion,pillow cover;{_SOFT};16 x 16|18 x 18|20 x 20;1;8-40
grocery;snack bars;Grocery & Gourmet Food › Snack Foods › Bars;granola bar,protein bar;snack bars,granola bars;{_SNACK};6 count|12 count|24 count;1;9-42
grocery;cookies;Grocery & Gourmet Food › Snack Foods › Cookies;cookie,biscuit;cookies,biscuits;{_SNACK};{_PACKS};1;5-30
grocery;nuts;Grocery & Gourmet Food › Snack Foods › Nuts;trail mix,roasted almonds;nut mix,almonds;{_SNACK};8 ounce|16 ounce|32 ounce;1;7-38
grocery;coffee;Grocery & Gourmet Food › Beverages › Coffee;ground coffee,coffee pods;coffee,something to brew;{_DRINK};12 ounce|24 ounce|32 ounce;1;9-45
grocery;tea;Grocery & Gourmet Food › Beverages › Tea;herbal tea,tea bags;tea,infusion;{_DRINK};20 count|50 count|100 count;1;5-27
grocery;drink mixes;Grocery & Gourmet Food › Beverages › Powders;drink mix,smoothie powder;powder for drinks,drink mix;{_DRINK};{_PACKS};1;8-44
electronics;headphones;Electronics › Headphones › Earbuds;earbuds,over-ear headphones;earphones,headphones;{_SOUND};;1;15-180
electronics;speakers;Electronics › Portable Audio › Speakers;portable speaker,soundbar;speaker,music box;{_SOUND};small|large;1;20-160
electronics;microphones;Electronics › Portable Audio › Microphones;usb microphone,karaoke microphone;microphone,mic;{_SOUND};;1;18-110
electronics;hdmi cables;Electronics › Accessories › Cables;hdmi cable,video cord;cable for my tv,hdmi cord;{_LINK};3 ft|6 ft|10 ft|25 ft;1;6-35
electronics;chargers;Electronics › Accessories › Power;wall charger,power bank;charger,battery pack;{_LINK};{_PACKS};1;9-60
electronics;phone cases;Electronics › Accessories › Cases;phone case,screen protector case;case for my phone,cover;{_LINK};5.4 inch|6.1 inch|6.7 inch;1;7-34
fashion;walking shoes;Clothing, Shoes & Jewelry › Shoes › Athletic;walking shoe,running sneaker;sneakers,shoes for walking;{_FOOT};{_SHOE_SIZES};1;24-120
fashion;sandals;Clothing, Shoes & Jewelry › Shoes › Sandals;sandal,flip flop;sandals,slides;{_FOOT};{_SHOE_SIZES};1;12-75
fashion;boots;Clothing, Shoes & Jewelry › Shoes › Boots;ankle boot,snow boot;boots,winter shoes;{_FOOT};{_SHOE_SIZES};1;30-160
fashion;t-shirts;Clothing, Shoes & Jewelry › Clothing › Tops;t-shirt,tunic top;tee shirt,top;{_CLOTH};{_CLOTH_SIZES};1;9-40
fashion;leggings;Clothing, Shoes & Jewelry › Clothing › Bottoms;leggings,yoga pants;tights,pants for yoga;{_CLOTH};{_CLOTH_SIZES};1;11-52
fashion;jackets;Clothing, Shoes & Jewelry › Clothing › Outerwear;rain jacket,fleece hoodie;coat,jacket;{_CLOTH};{_CLOTH_SIZES};1;22-130
"""


def _ware(row: str) -> Ware:
    category, query, path, nouns, spoken, attributes, sizes, colours, dollars = row.split(";")
    low, high = dollars.split("-")
    return Ware(
        category,
        query,
        path,
        tuple(nouns.split(",")),
        tuple(spoken.split(",")),
        tuple(attributes.split("|")),
        tuple(sizes.split("|")) if sizes else (),
        colours == "1",
        (int(low), int(high)),
    )


WARES = tuple(_ware(row) for row in _ROWS.strip().splitlines())
