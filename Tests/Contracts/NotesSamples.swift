package import Environment
package import Notes

/// Notes for tests.
package enum NotesSamples {
    package static func id(_ number: UInt64) -> NoteID { NoteID { number } }

    package static func note(
        _ number: UInt64 = 1,
        owner: String = "ada",
        title: String = "Greeting",
        text: String = "Hello",
        language: String = "en",
        at time: Timestamp = ManualTime.start
    ) -> Note {
        Note(
            id: id(number),
            owner: owner,
            title: title,
            originalText: text,
            originalLanguage: language,
            createdAt: time,
            updatedAt: time
        )
    }

    package static func translation(
        _ text: String = "Hallo",
        textRevision: Int64 = 1,
        at time: Timestamp = ManualTime.start
    ) -> NoteTranslation {
        NoteTranslation(
            text: text,
            jobID: "trans_20261121_0000000000000000",
            updatedAt: time,
            textRevision: textRevision
        )
    }
}
