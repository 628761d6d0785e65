package easlocal.host;

/** JSON, as little of it as is written here. */
final class Json {
    private Json() {}

    /** Of names and values in turn; the values are JSON already. */
    static String object(String... members) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < members.length; i += 2) {
            json.append(i == 0 ? "" : ", ").append(text(members[i])).append(": ").append(members[i + 1]);
        }
        return json.append('}').toString();
    }

    static String text(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            if (letter == '"' || letter == '\\') {
                json.append('\\').append(letter);
            } else if (letter < ' ') {
                json.append(String.format("\\u%04x", (int) letter));
            } else {
                json.append(letter);
            }
        }
        return json.append('"').toString();
    }
}
