/// What is known of something, in both forms.
protocol Inspection {
    /// For people.
    var text: String { get }
    /// For programs.
    var json: JSONObject { get }
}
