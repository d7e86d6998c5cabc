using System.Globalization;
using System.Numerics;
using System.Text;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>groovy.json.JsonSlurper, JsonSlurperClassic, JsonOutput and JsonBuilder.</summary>
internal static class Json
{
    // Deep enough for any document, shallow enough for the stack.
    private const int DeepestNesting = 500;

    public static void RegisterSlurper(ClassBuilder t)
    {
        t.New("()", (_, self, _) => new LibraryObject(((GroovyClass)self!).Name));
        t.Method("parseText(String)", (f, _, a) => Parse(f, (string?)a[0]));
        t.Method("parse(Object)", (f, _, a) => Parse(f, a[0] is GroovyArray or IReadOnlyCollection<object?> ? Encoding.UTF8.GetString(Bytes.Of(a[0])) : Formatting.ToText(a[0])));
        t.Method("setType(Object)", (_, self, _) => self);
    }

    public static void RegisterOutput(ClassBuilder t)
    {
        t.New("()", (_, self, _) => new LibraryObject(((GroovyClass)self!).Name));
        t.Static("toJson(Object)", (f, _, a) => Write(f, a[0]));
        t.Static("prettyPrint(String)", (_, _, a) => PrettyPrint((string)a[0]!));
    }

    public static void RegisterBuilder(ClassBuilder t)
    {
        t.New("()", (_, _, _) => new JsonBuilderValue());
        t.New("(Object)", (_, _, a) => new JsonBuilderValue { Content = a[0] });
        t.Method("getContent()", (_, self, _) => ((JsonBuilderValue)self!).Content);
        t.Method("toString()", (f, self, _) => Write(f, ((JsonBuilderValue)self!).Content));
        t.Method("toPrettyString()", (f, self, _) => PrettyPrint(Write(f, ((JsonBuilderValue)self!).Content)));
        t.Async("call(Object...)", async (f, self, a) =>
        {
            var args = ((GroovyArray)a[0]!).Items;
            var builder = (JsonBuilderValue)self!;
            builder.Content = args switch
            {
                [Closure closure] => await Collect(f, closure),
                [var only] => only,
                _ => new GroovyList(args),
            };
            return builder.Content;
        });
        t.Async("invokeMethod(String,Object)", async (f, self, a) =>
        {
            var args = a[1] is IReadOnlyList<object?> list ? list : new GroovyList([a[1]]);
            var value = args switch
            {
                [Closure closure] => await Collect(f, closure),
                [GroovyMap map, Closure closure] => Walks.ToMap(map, Coercion.MapEntries(map).Concat(Coercion.MapEntries((GroovyMap)(await Collect(f, closure))!))),
                [var only] => only,
                _ => new GroovyList(args),
            };
            return ((JsonBuilderValue)self!).Content = new GroovyMap { [a[0]] = value };
        });
    }

    public static object? Parse(Fiber fiber, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            throw Throw.IllegalArgument("Text must not be null or empty");
        }

        fiber.Charge(text.Length * 4L);
        return new Reader(text).ReadDocument();
    }

    public static string Write(Fiber fiber, object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        fiber.Charge(text.Length * 2L);
        return text.ToString();
    }

    private static async ValueTask<object?> Collect(Fiber fiber, Closure closure)
    {
        var content = new GroovyMap();
        var inside = closure.Copy(new JsonDelegate(content), closure.Owner, closure.ThisObject);
        inside.Strategy = ResolveStrategy.DelegateFirst;
        await fiber.CallAsync(inside);
        return content;
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw Throw.New("java.lang.StackOverflowError", null);
        }

        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool or int or long or short or sbyte or BigInteger or BigDecimal:
                text.Append(Formatting.ToText(value));
                break;
            case double or float:
                var number = Numbers.ToDouble(value);
                if (double.IsNaN(number) || double.IsInfinity(number))
                {
                    throw Throw.New("groovy.json.JsonException", $"Number {Formatting.ToText(value)} can't be serialized as JSON: infinite or NaN values are not allowed.");
                }

                text.Append(Formatting.ToText(value));
                break;
            case DateValue date:
                AppendText(text, date.ToIso());
                break;
            case JsonBuilderValue builder:
                Append(text, builder.Content, depth + 1);
                break;
            case UserObject { EnumName: null, NativeSelf: null } user:
                text.Append('{');
                var firstField = true;
                foreach (var field in user.Class.Fields.Values.Where(f => f.IsProperty).OrderBy(f => f.Name, StringComparer.Ordinal))
                {
                    Member(ref firstField, field.Name, user.Fields[field.Slot]);
                }

                text.Append('}');
                break;
            case GroovyMap map:
                text.Append('{');
                var first = true;
                foreach (var (key, item) in map)
                {
                    if (key is null)
                    {
                        throw Throw.IllegalArgument("Maps with null keys can't be converted to JSON");
                    }

                    Member(ref first, Formatting.ToText(key), item);
                }

                text.Append('}');
                break;
            case GroovyMapEntry entry:
                Append(text, new GroovyMap { [entry.Key] = entry.Value }, depth);
                break;
            case IReadOnlyCollection<object?> items:
                text.Append('[');
                var firstItem = true;
                foreach (var item in items)
                {
                    if (!firstItem)
                    {
                        text.Append(',');
                    }

                    firstItem = false;
                    Append(text, item, depth + 1);
                }

                text.Append(']');
                break;
            default:
                AppendText(text, Formatting.ToText(value));
                break;
        }

        if (text.Length > Limits.LargestText)
        {
            throw Throw.New("java.lang.OutOfMemoryError", "The JSON text is too long");
        }

        void Member(ref bool isFirst, string name, object? item)
        {
            if (!isFirst)
            {
                text.Append(',');
            }

            isFirst = false;
            AppendText(text, name);
            text.Append(':');
            Append(text, item, depth + 1);
        }
    }

    private static void AppendText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                default:
                    if (c is < ' ' or > '~')
                    {
                        text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    }
                    else
                    {
                        text.Append(c);
                    }

                    break;
            }
        }

        text.Append('"');
    }

    /// <summary>Groovy's layout: four blanks a level, a blank line's worth in what is empty.</summary>
    private static string PrettyPrint(string json)
    {
        var text = new StringBuilder();
        var level = 0;
        var inText = false;
        for (var i = 0; i < json.Length; i++)
        {
            var c = json[i];
            if (inText)
            {
                text.Append(c);
                if (c == '\\' && i + 1 < json.Length)
                {
                    text.Append(json[++i]);
                }
                else if (c == '"')
                {
                    inText = false;
                }

                continue;
            }

            switch (c)
            {
                case '"':
                    inText = true;
                    text.Append(c);
                    break;
                case '{' or '[':
                    text.Append(c).Append('\n').Append(' ', ++level * 4);
                    break;
                case '}' or ']':
                    level = Math.Max(0, level - 1);
                    text.Append('\n').Append(' ', level * 4).Append(c);
                    break;
                case ',':
                    text.Append(",\n").Append(' ', level * 4);
                    break;
                case ':':
                    text.Append(": ");
                    break;
                case ' ' or '\t' or '\n' or '\r':
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        return text.ToString();
    }

    private sealed class Reader(string text)
    {
        private int _at;

        public object? ReadDocument()
        {
            var value = Read(0);
            SkipSpace();
            return _at == text.Length ? value : throw Wrong($"the document goes on after its end with '{Near()}'");
        }

        private object? Read(int depth)
        {
            if (depth > DeepestNesting)
            {
                throw Wrong($"it is nested more than {DeepestNesting} levels deep");
            }

            SkipSpace();
            if (_at >= text.Length)
            {
                throw Wrong("the text ends where a value is expected");
            }

            switch (text[_at])
            {
                case '{':
                    return ReadMap(depth);
                case '[':
                    return ReadList(depth);
                case '"':
                    return ReadText();
                case 't' when Word("true"):
                    return Box.True;
                case 'f' when Word("false"):
                    return Box.False;
                case 'n' when Word("null"):
                    return null;
                case '-' or (>= '0' and <= '9'):
                    return ReadNumber();
                default:
                    throw Wrong($"a value cannot start with '{Near()}'");
            }
        }

        private GroovyMap ReadMap(int depth)
        {
            var map = new GroovyMap();
            _at++;
            SkipSpace();
            if (Take('}'))
            {
                return map;
            }

            while (true)
            {
                SkipSpace();
                if (_at >= text.Length || text[_at] != '"')
                {
                    throw Wrong($"a key in double quotes is expected, not '{Near()}'");
                }

                var key = ReadText();
                SkipSpace();
                if (!Take(':'))
                {
                    throw Wrong($"':' is expected after the key \"{key}\", not '{Near()}'");
                }

                map[key] = Read(depth + 1);
                SkipSpace();
                if (Take('}'))
                {
                    return map;
                }

                if (!Take(','))
                {
                    throw Wrong($"',' or '}}' is expected, not '{Near()}'");
                }
            }
        }

        private GroovyList ReadList(int depth)
        {
            var list = new GroovyList();
            _at++;
            SkipSpace();
            if (Take(']'))
            {
                return list;
            }

            while (true)
            {
                list.Add(Read(depth + 1));
                SkipSpace();
                if (Take(']'))
                {
                    return list;
                }

                if (!Take(','))
                {
                    throw Wrong($"',' or ']' is expected, not '{Near()}'");
                }
            }
        }

        private string ReadText()
        {
            var start = ++_at;
            StringBuilder? built = null;
            while (_at < text.Length)
            {
                var c = text[_at];
                if (c == '"')
                {
                    var rest = text.AsSpan(start, _at++ - start);
                    return built is null ? rest.ToString() : built.Append(rest).ToString();
                }

                if (c != '\\')
                {
                    _at++;
                    continue;
                }

                built ??= new StringBuilder();
                built.Append(text, start, _at - start);
                if (_at + 1 >= text.Length)
                {
                    break;
                }

                var escape = text[_at + 1];
                _at += 2;
                switch (escape)
                {
                    case 'u':
                        if (_at + 4 > text.Length || !int.TryParse(text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                        {
                            throw Wrong("\\u needs four hexadecimal digits");
                        }

                        built.Append((char)code);
                        _at += 4;
                        break;
                    case 'n':
                        built.Append('\n');
                        break;
                    case 't':
                        built.Append('\t');
                        break;
                    case 'r':
                        built.Append('\r');
                        break;
                    case 'b':
                        built.Append('\b');
                        break;
                    case 'f':
                        built.Append('\f');
                        break;
                    case '"' or '\\' or '/':
                        built.Append(escape);
                        break;
                    default:
                        throw Wrong($"'\\{escape}' is no escape of JSON");
                }

                start = _at;
            }

            throw Wrong("a text is not closed");
        }

        private object ReadNumber()
        {
            var start = _at;
            var isDecimal = false;
            while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '-' or '+' or '.' or 'e' or 'E'))
            {
                isDecimal |= text[_at] is '.' or 'e' or 'E';
                _at++;
            }

            var digits = text[start.._at];
            if (isDecimal)
            {
                return BigDecimal.TryParse(digits, out var value) ? value : throw Wrong($"'{digits}' is no number");
            }

            if (!NumberParsing.TryRadix(digits, 10, out var whole))
            {
                throw Wrong($"'{digits}' is no number");
            }

            return whole >= int.MinValue && whole <= int.MaxValue ? Box.Int((int)whole) : whole >= long.MinValue && whole <= long.MaxValue ? Box.Long((long)whole) : whole;
        }

        private bool Word(string word)
        {
            if (!text.AsSpan(_at).StartsWith(word))
            {
                return false;
            }

            _at += word.Length;
            return true;
        }

        private bool Take(char c)
        {
            if (_at < text.Length && text[_at] == c)
            {
                _at++;
                return true;
            }

            return false;
        }

        private void SkipSpace()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
        }

        private string Near() => _at < text.Length ? text[_at].ToString() : "the end";

        private GroovyException Wrong(string what)
        {
            var line = text.AsSpan(0, Math.Min(_at, text.Length)).Count('\n') + 1;
            var column = _at - (text.LastIndexOf('\n', Math.Max(0, Math.Min(_at, text.Length) - 1)) + 1) + 1;
            return Throw.New("groovy.json.JsonException", $"This is not JSON: in line {line}, column {column}, {what}");
        }
    }

    private sealed class JsonBuilderValue : ILibraryValue
    {
        public string JavaClass => "groovy.json.JsonBuilder";

        public object? Content { get; set; }
    }

    // Inside a builder's closure every call and assignment adds a member.
    private sealed class JsonDelegate(GroovyMap content) : IHostObject
    {
        public string TypeName => "groovy.json.JsonDelegate";

        public bool TryGetProperty(string name, HostScope scope, out object? value) => content.TryGetValue(name, out value);

        public bool TrySetProperty(string name, object? value, HostScope scope)
        {
            content[name] = value;
            return true;
        }

        public bool HasMethod(string name) => !ScopeMethods.Contains(name);

        private static readonly HashSet<string> ScopeMethods = ["println", "print", "each", "collect", "echo", "sh"];

        public async ValueTask<object?> InvokeMethodAsync(HostCall call)
        {
            var args = call.Positional;
            object? value = args switch
            {
                [Closure closure] when call.Named.Count == 0 => await Collect(call.Scope.Fiber, closure),
                [] when call.Named.Count > 0 => new GroovyMap(call.Named.Select(n => KeyValuePair.Create<object?, object?>(n.Key, n.Value))),
                [IReadOnlyCollection<object?> items, Closure closure] => await Each(call.Scope.Fiber, items, closure),
                [var only] => only,
                _ => new GroovyList(args),
            };
            return content[call.Name] = value;
        }

        private static async ValueTask<object?> Each(Fiber fiber, IReadOnlyCollection<object?> items, Closure closure)
        {
            var list = new GroovyList();
            foreach (var item in items)
            {
                var one = new GroovyMap();
                var inside = closure.Copy(new JsonDelegate(one), closure.Owner, closure.ThisObject);
                inside.Strategy = ResolveStrategy.DelegateFirst;
                await fiber.CallAsync(inside, item);
                list.Add(one);
            }

            return list;
        }
    }
}

/// <summary>An object of a library class that has nothing of its own.</summary>
internal sealed class LibraryObject(string javaClass) : ILibraryValue
{
    public string JavaClass { get; } = javaClass;

    public override string ToString() => JavaClass + "@" + Identity.HashOf(this);
}
