import Environment
import JobSystem
import Testing

/// How a worker shares its time between jobs that run alone and all others.
struct ApartTurnsTests {
    /// Expectations do not let values change.
    private final class Turns {
        private var turns = ApartTurns()

        func makesRoom(isWaited: Bool, at now: Timestamp) -> Bool { turns.makesRoom(isWaited: isWaited, at: now) }
        func request(at now: Timestamp) -> ApartJobs { turns.request(at: now) }
        func begin(at now: Timestamp) { turns.begin(at: now) }
        func end(at now: Timestamp) { turns.end(at: now) }
    }

    private let start = Timestamp(microseconds: 1_000_000_000)

    @Test func whoRunsNothingTakesThemFirst_andLeavesAsMuchTimeToTheOthersAfterwards() {
        let turns = Turns()
        #expect(turns.request(at: start) == .first)
        turns.begin(at: start)
        turns.end(at: start + .seconds(90))
        #expect(turns.request(at: start + .seconds(179)) == .last)
        #expect(turns.makesRoom(isWaited: true, at: start + .seconds(179)) == false)
        #expect(turns.request(at: start + .seconds(180)) == .first)
    }

    @Test func whoIsBusyMakesRoomOnlyIfSomebodyWaits() {
        let turns = Turns()
        #expect(turns.makesRoom(isWaited: false, at: start) == false)
        #expect(turns.makesRoom(isWaited: true, at: start))
        #expect(turns.makesRoom(isWaited: true, at: start + .seconds(50)))
        // Another worker took it.
        #expect(turns.makesRoom(isWaited: false, at: start + .seconds(55)) == false)
    }

    @Test func theTimeInWhichRoomWasMadeIsGivenBackToo() {
        let turns = Turns()
        #expect(turns.makesRoom(isWaited: true, at: start))
        #expect(turns.request(at: start + .seconds(40)) == .first)
        turns.begin(at: start + .seconds(41))
        turns.end(at: start + .seconds(50))
        #expect(turns.request(at: start + .seconds(98)) == .last)
        #expect(turns.request(at: start + .seconds(99)) == .first)
    }

    /// A worker with jobs of a given length that follow one another in other slots, so that it is never idle by itself.
    @Test(arguments: [1, 59, 61, 500, 86_400])
    func underAnyLoadTheTurnComes_andTheOthersHaveHalfOfTheTime(secondsOfAJob: Int) {
        let turns = Turns()
        var (now, room) = (start, 0)
        // Since when nothing was claimed.
        var since: Timestamp?
        while since.map({ now - $0 < .seconds(secondsOfAJob) }) ?? true {
            now = now + .seconds(10)
            let makesRoom = turns.makesRoom(isWaited: true, at: now)
            if makesRoom { room += 10 }
            since = makesRoom ? since ?? now : nil
            guard now - start < .seconds(20 * secondsOfAJob + 1000) else {
                Issue.record("The turn never came.")
                return
            }
        }
        // All but the last of it had been given back.
        let others = Int((now - start) / .seconds(1)) - room
        #expect(room - secondsOfAJob - 20 <= others)
        #expect(turns.request(at: now) == .first)
    }
}
