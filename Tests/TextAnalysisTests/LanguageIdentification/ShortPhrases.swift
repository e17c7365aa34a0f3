/// Phrases of two to six words, as people write them into a translation field.
enum ShortPhrases {
    /// By language code.
    static let all: [String: [String]] = ["en": english, "es": spanish, "de": german, "fr": french, "hi": hindi]

    private static let english = [
        "Good morning everyone", "Where is the station?", "I would like a coffee", "How much does it cost?",
        "See you tomorrow", "Please close the door", "My name is Anna", "The meeting starts at nine",
        "Thank you very much",
        "What time is it?", "The battery is empty", "Save changes before closing?", "Could you help me?",
        "I don't understand", "Happy birthday to you", "The train is late", "We need more time",
        "Turn left at the corner",
        "Your order has shipped", "Open in a new window", "Is this seat taken?", "It is raining again",
        "File not found",
        "She lives in London", "Have a nice weekend", "The price includes breakfast", "Do not touch",
        "Sign in to continue",
        "He forgot his keys", "This song is great", "Let me know soon", "Fresh bread every day", "Which one is yours?",
        "The children are asleep", "Delete this message?", "Nothing has changed", "They won the game",
        "Call me back later",
        "Keep out of reach", "Winter is coming", "Read the instructions first",
    ]

    private static let spanish = [
        "Buenos días a todos", "¿Dónde está la estación?", "Quisiera un café", "¿Cuánto cuesta esto?", "Hasta mañana",
        "Cierra la puerta, por favor", "Me llamo Ana", "La reunión empieza pronto", "Muchas gracias por todo",
        "¿Qué hora es?",
        "La batería está vacía", "¿Guardar los cambios?", "¿Puede ayudarme?", "No entiendo nada", "Feliz cumpleaños",
        "El tren llega tarde", "Necesitamos más tiempo", "Gire a la izquierda", "Su pedido fue enviado",
        "Abrir en otra ventana", "¿Está libre este asiento?", "Está lloviendo otra vez", "Archivo no encontrado",
        "Ella vive en Madrid", "Que tengas buen fin de semana", "El precio incluye desayuno", "No tocar",
        "Inicie sesión para continuar", "Olvidó sus llaves", "Esta canción es genial", "Avísame pronto",
        "Pan fresco cada día", "¿Cuál es el tuyo?", "Los niños duermen", "¿Eliminar este mensaje?", "Nada ha cambiado",
        "Ganaron el partido", "Llámame más tarde", "Mantener lejos de los niños", "Se acerca el invierno",
        "Lea primero las instrucciones",
    ]

    private static let german = [
        "Guten Morgen zusammen", "Wo ist der Bahnhof?", "Ich hätte gern einen Kaffee", "Wie viel kostet das?",
        "Bis morgen",
        "Bitte Tür schließen", "Mein Name ist Anna", "Die Sitzung beginnt um neun", "Vielen Dank für alles",
        "Wie spät ist es?", "Der Akku ist leer", "Änderungen speichern?", "Können Sie mir helfen?",
        "Ich verstehe das nicht", "Alles Gute zum Geburtstag", "Der Zug hat Verspätung", "Wir brauchen mehr Zeit",
        "An der Ecke links abbiegen", "Ihre Bestellung ist unterwegs", "In neuem Fenster öffnen", "Ist hier noch frei?",
        "Es regnet schon wieder", "Datei nicht gefunden", "Sie wohnt in Hamburg", "Schönes Wochenende",
        "Frühstück ist im Preis enthalten", "Bitte nicht berühren", "Melden Sie sich an",
        "Er hat die Schlüssel vergessen",
        "Das Lied ist toll", "Sag mir bald Bescheid", "Jeden Tag frisches Brot", "Welches gehört dir?",
        "Die Kinder schlafen", "Diese Nachricht löschen?", "Nichts hat sich geändert", "Sie haben gewonnen",
        "Ruf mich später an", "Für Kinder unzugänglich aufbewahren", "Der Winter kommt", "Zuerst die Anleitung lesen",
    ]

    private static let french = [
        "Bonjour à tous", "Où est la gare ?", "Je voudrais un café", "Combien ça coûte ?", "À demain",
        "Fermez la porte, s'il vous plaît", "Je m'appelle Anne", "La réunion commence bientôt",
        "Merci beaucoup pour tout",
        "Quelle heure est-il ?", "La batterie est vide", "Enregistrer les modifications ?", "Pouvez-vous m'aider ?",
        "Je ne comprends pas", "Joyeux anniversaire", "Le train est en retard", "Il nous faut plus de temps",
        "Tournez à gauche au coin", "Votre commande est partie", "Ouvrir dans une nouvelle fenêtre",
        "Cette place est-elle libre ?", "Il pleut encore", "Fichier introuvable", "Elle habite à Lyon",
        "Passez un bon week-end", "Le petit déjeuner est compris", "Ne pas toucher", "Connectez-vous pour continuer",
        "Il a oublié ses clés", "Cette chanson est géniale", "Tiens-moi au courant", "Du pain frais chaque jour",
        "Lequel est le tien ?", "Les enfants dorment", "Supprimer ce message ?", "Rien n'a changé",
        "Ils ont gagné le match",
        "Rappelle-moi plus tard", "Tenir hors de portée", "L'hiver approche", "Lisez d'abord la notice",
    ]

    private static let hindi = [
        "सबको सुप्रभात", "स्टेशन कहाँ है?", "मुझे एक कॉफ़ी चाहिए", "इसकी कीमत क्या है?", "कल मिलते हैं", "कृपया दरवाज़ा बंद करें",
        "मेरा नाम अनीता है", "बैठक नौ बजे शुरू होगी", "बहुत बहुत धन्यवाद", "अभी कितने बजे हैं?", "बैटरी खाली है", "बदलाव सहेजें?",
        "क्या आप मेरी मदद करेंगे?", "मुझे समझ नहीं आया", "जन्मदिन मुबारक हो", "ट्रेन देर से है", "हमें और समय चाहिए", "कोने पर बाएँ मुड़ें",
        "आपका ऑर्डर भेज दिया गया", "नई विंडो में खोलें", "क्या यह सीट खाली है?", "फिर से बारिश हो रही है", "फ़ाइल नहीं मिली",
        "वह दिल्ली में रहती है", "सप्ताहांत शुभ हो", "नाश्ता शामिल है", "छूना मना है", "जारी रखने के लिए साइन इन करें", "वह चाबी भूल गया",
        "यह गाना बहुत अच्छा है", "जल्दी बताना", "रोज़ ताज़ी रोटी", "तुम्हारा कौन सा है?", "बच्चे सो रहे हैं", "यह संदेश हटाएँ?",
        "कुछ नहीं बदला", "वे जीत गए", "मुझे बाद में फ़ोन करना", "बच्चों से दूर रखें", "सर्दी आ रही है", "पहले निर्देश पढ़ें",
    ]
}
