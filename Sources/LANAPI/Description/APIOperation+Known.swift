// Every route that is not the same for all collections.
extension APIOperation {
    static let known: [RouteTable.Route: APIOperation] = [
        route("GET", "health"): APIOperation(
            summary: "Whether the node answers, which site it is and what is wrong",
            answer: "Health"),
        route("GET", "openapi.json"): APIOperation(summary: "This document", answer: "Anything"),
        route("GET", "sync/status"): APIOperation(
            summary: "How this box stands with the others", needsSession: true,
            answer: "SyncStatus"),
        route("POST", "sync/verify"): APIOperation(
            summary: "Read every row and compare the digest; long; for managers",
            needsSession: true, answer: "Verified"),
        route("POST", "sync/dial"): APIOperation(
            summary: "Try to reach the others now, however long the next try was put off",
            needsSession: true, status: "204"),
        route("GET", "sessions/staff"): APIOperation(
            summary: "Who may sign in here", answer: "StaffNames"),
        route("POST", "sessions"): APIOperation(
            summary: "Sign in by PIN; the answer also sets a cookie for pages", body: "SignIn",
            status: "201", answer: "Session"),
        route("GET", "sessions/current"): APIOperation(
            summary: "Who is signed in", needsSession: true, answer: "Session"),
        route("DELETE", "sessions/current"): APIOperation(summary: "Sign out", status: "204"),
        route("POST", "scans"): APIOperation(
            summary: "What a scanned code means here and now", needsSession: true, body: "ScanWish",
            answer: "ScanMeaning"),
        route("POST", "stays:checkin"): APIOperation(
            summary: "Check a booking's animals in and print their tags and cards",
            needsSession: true, parameters: [.key], body: "CheckInWish", status: "201",
            answer: "CheckedIn"),
        route("GET", "search"): APIOperation(
            summary: "Animals, customers and bookings by name, number or part of a phone number",
            needsSession: true,
            parameters: [
                Parameter(
                    name: "q", place: "query", schema: #"{"type":"string","maxLength":1024}"#,
                    isRequired: true),
                Parameter(
                    name: "kinds", place: "query", schema: #"{"type":"string"}"#,
                    says: "some of animal, party, booking, parted by commas"),
                .limit(50),
            ], answer: "SearchPage"),
        route("GET", "arrivals"): APIOperation(
            summary: "Bookings of this site that begin on a day", needsSession: true,
            parameters: [
                Parameter(
                    name: "date", place: "query", schema: #"{"type":"string","format":"date"}"#,
                    says: "today, if it is not said"), .limit(200), .cursor,
            ], answer: "ArrivalPage"),
        route("GET", "in-house"): APIOperation(
            summary: "Animals in house at this site", needsSession: true,
            parameters: [.limit(200), .cursor], answer: "LodgerPage"),
        route("GET", "stays:checkin"): APIOperation(
            summary: "What the check-in of a booking would say now; writes nothing",
            needsSession: true,
            parameters: [
                Parameter(
                    name: "booking", place: "query",
                    schema: ##"{"$ref":"#/components/schemas/Id"}"##, isRequired: true),
                Parameter(
                    name: "animals", place: "query", schema: #"{"type":"string"}"#,
                    says: "ids parted by commas; all that are not in house, if it is not said"),
            ], answer: "CheckInSheet"),
        route("GET", "events"): APIOperation(
            summary: """
                What happens at this box as server-sent events: records, scan, device, print-job, \
                sync; `reset` where what was missed is not known any more
                """,
            needsSession: true,
            parameters: [
                Parameter(
                    name: "after", place: "query", schema: #"{"type":"string"}"#,
                    says: "the id of the last event seen, as Last-Event-ID says it")
            ], answer: "Text", contentType: "text/event-stream"),
    ]

    static func route(_ method: String, _ path: String) -> RouteTable.Route {
        RouteTable.Route(method: method, path: path)
    }
}
