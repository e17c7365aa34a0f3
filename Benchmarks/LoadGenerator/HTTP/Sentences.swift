/// Sentences that are all different, as people might write them.
enum Sentences {
    private static let subjects = [
        "The old library", "My neighbour", "A young teacher", "The committee", "Our daughter", "The new engine",
        "Every visitor", "The government", "A small company", "His doctor", "The captain",
    ]
    private static let verbs = [
        "opened", "visited", "described", "repaired", "remembered", "discovered", "painted", "sold", "moved",
        "measured",
        "photographed", "closed", "praised",
    ]
    private static let objects = [
        "the bridge", "a red house", "the long report", "the museum", "two letters", "the garden", "a broken clock",
        "the village", "the harbour", "some pictures", "the eastern gate", "a wooden boat", "the market",
        "an empty room",
        "the road", "the kitchen", "a famous song",
    ]
    private static let places = [
        "near the river", "in the mountains", "before the winter", "after the meeting", "with great care",
        "for the first time", "without any help", "during the night", "because it was late", "at the station",
        "in a quiet street", "on the last day of the month", "while it was raining", "despite the storm",
        "under the bridge", "across the border", "in front of the school", "with an old friend", "by the sea",
    ]

    /// How many there are.
    static let count = subjects.count * verbs.count * objects.count * places.count

    /// The words of one, all of which have between 5 and 13.
    static func sentence(_ number: Int) -> String {
        // The numbers of the lists have no common divisor, so that each number below `count` gives another sentence.
        let number = number % count
        return "\(subjects[number % subjects.count]) \(verbs[number % verbs.count]) "
            + "\(objects[number % objects.count]) \(places[number % places.count])."
    }

    static func words(in text: String) -> Int { text.split(separator: " ").count }
}
