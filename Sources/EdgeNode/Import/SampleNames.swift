/// Names for people and dogs who do not exist. Of a hundred owners about 80 have plain names, 13
/// accents, 6 Arabic letters and one an emoji.
enum SampleNames {
    typealias Owner = (given: String, family: String, language: String)

    static func owner(_ dice: inout SampleDice) -> Owner {
        switch dice.below(100) {
        case ..<80: (dice.element(of: plainGiven), dice.element(of: plainFamily), "en")
        case ..<93: (dice.element(of: accentedGiven), dice.element(of: accentedFamily), "fr")
        case ..<99: (dice.element(of: arabicGiven), dice.element(of: arabicFamily), "ar")
        default:
            (dice.element(of: plainGiven) + " 🐾", dice.element(of: accentedFamily), "en")
        }
    }

    static let dogs = [
        "Zoë", "Bébé", "Señor", "Żaba", "Fröschli", "Ångström", "Søren", "Çelik", "لولو", "مكس",
        "سيمبا", "نمر", "ルナ", "小白", "Бобик", "Ρεξ", "Luna 🌙", "🐶", "Max 🦴", "Naïa",
    ]

    /// For dogs of which the register knows no name.
    static let plainDogs = [
        "Pepper", "Biscuit", "Maple", "Juno", "Otis", "Willow", "Ziggy", "Hazel", "Tucker", "Poppy",
        "Rufus", "Clover", "Ollie", "Nutmeg", "Scout", "Mabel",
    ]

    /// What clerks write where an animal has no name, and slips of it.
    private static let noNames: Set<String> = [
        "UNKNOWN", "UNKNOWED", "UNKNOW", "UNKNWON", "NAME NOT PROVIDED", "NOT PROVIDED", "NONE",
        "NAME", "NO NAME", "NONAME", "N/A", "TBD", "PUPPY", "DOG",
    ]

    /// Whether this is a name, and no word for having none.
    static func isName(_ text: String) -> Bool {
        text.count(where: \.isLetter) > 1 && !noNames.contains(text.uppercased())
    }

    private static let plainGiven = [
        "Ada", "Ben", "Carla", "Dario", "Ella", "Frank", "Gina", "Hugo", "Iris", "Jonas", "Kate",
        "Liam", "Maya", "Noah", "Olga", "Paul", "Quinn", "Rita", "Sam", "Tara", "Uma", "Victor",
        "Wanda", "Xenia", "Yusuf", "Zelda", "Nina", "Omar", "Priya", "Tomas",
    ]
    private static let plainFamily = [
        "Adams", "Baker", "Castillo", "Dawson", "Evans", "Fischer", "Grant", "Haddad", "Ito",
        "Jensen", "Kim", "Lopez", "Meyer", "Nguyen", "O'Brien", "Patel", "Quist", "Rossi", "Silva",
        "Tanaka", "Usman", "Vega", "Weber", "Young", "Zhang", "Smith-Jones", "van der Berg",
        "Alvarez", "Okoro", "Novak",
    ]
    private static let accentedGiven = [
        "Zoë", "André", "Björn", "Chloé", "Dörte", "Élodie", "François", "Günter", "Inés", "José",
        "Łukasz", "Mònica", "Nuño", "Özlem", "Renée", "Søren", "Žofia", "Åsa",
    ]
    private static let accentedFamily = [
        "Müller", "García", "Lefèvre", "Şahin", "Dvořák", "Ångström", "Núñez", "Wójcik", "Õunap",
        "Grønn", "D'Été", "Ibáñez",
    ]
    private static let arabicGiven = [
        "أحمد", "فاطمة", "ليلى", "يوسف", "مريم", "خالد", "نور", "سارة", "علي", "هدى",
    ]
    private static let arabicFamily = [
        "الحداد", "منصور", "خليل", "العلي", "قاسم", "ناصر", "سليمان", "إبراهيم",
    ]
}
