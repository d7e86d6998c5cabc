using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>The classes of the library beside the language's own types.</summary>
internal static class LibraryClasses
{
    public static void Define()
    {
        Class("java.lang.Math", MathStatics.Register);
        Class("java.lang.StrictMath", MathStatics.Register);
        Class("java.lang.System", SystemStatics.Register);
        Class("java.io.PrintStream", SystemStatics.RegisterPrintStream);
        Class("java.io.File", Files.Register, ClassTable.Comparable);
        Class("java.lang.Thread", SystemStatics.RegisterThread);
        Class("java.lang.StringBuilder", StringBuilders.Register, Interface("CharSequence"));
        Class("java.lang.StringBuffer", StringBuilders.Register, Interface("CharSequence"));
        Class("java.io.StringWriter", StringBuilders.Register);
        Class("java.nio.charset.Charset", Encodings.RegisterCharset);
        Class("java.nio.charset.StandardCharsets", Encodings.RegisterStandardCharsets);
        Class("java.util.regex.Pattern", Regexes.RegisterPattern, key: ClassKey.Pattern);
        Class("java.util.regex.Matcher", Regexes.RegisterMatcher);
        Class("java.util.Collections", CollectionStatics.Register);
        Class("java.util.Arrays", CollectionStatics.RegisterArrays);
        Class("java.util.Objects", CollectionStatics.RegisterObjects);
        Class("java.util.Base64$Encoder", Encodings.RegisterEncoder);
        Class("java.util.Base64$Decoder", Encodings.RegisterDecoder);
        Class("java.util.Base64", Encodings.RegisterBase64);
        Class("java.net.URLEncoder", Encodings.RegisterUrlEncoder);
        Class("java.net.URLDecoder", Encodings.RegisterUrlDecoder);
        Class("java.net.URL", Urls.Register);
        Class("java.net.URI", Urls.Register);
        Class("java.util.UUID", Randoms.RegisterUuid);
        Class("java.util.Random", Randoms.Register);
        Class("java.security.SecureRandom", Randoms.Register);
        Class("java.security.MessageDigest", Encodings.RegisterDigest);
        Class("java.util.Locale", Dates.RegisterLocale);
        Class("java.util.TimeZone", Dates.RegisterTimeZone);
        Class("java.util.Date", Dates.Register, ClassTable.Comparable);
        Class("java.text.SimpleDateFormat", Dates.RegisterFormat);
        Class("java.util.concurrent.TimeUnit", Dates.RegisterTimeUnit);
        Class("groovy.json.JsonSlurper", Json.RegisterSlurper);
        Class("groovy.json.JsonSlurperClassic", Json.RegisterSlurper);
        Class("groovy.json.JsonOutput", Json.RegisterOutput);
        Class("groovy.json.JsonBuilder", Json.RegisterBuilder);
        Class("java.math.RoundingMode", MathStatics.RegisterRoundingMode);
        Class("java.math.MathContext", MathStatics.RegisterMathContext);
        Class("java.util.concurrent.atomic.AtomicInteger", Atomics.RegisterInteger);
        Class("java.util.concurrent.atomic.AtomicLong", Atomics.RegisterLong);
        Class("java.util.concurrent.atomic.AtomicBoolean", Atomics.RegisterReference);
        Class("java.util.concurrent.atomic.AtomicReference", Atomics.RegisterReference);
    }

    private static GroovyClass Interface(string name) => ClassTable.Simple(name);

    private static void Class(string name, Action<ClassBuilder> populate, GroovyClass? @interface = null, ClassKey key = ClassKey.Other) =>
        ClassTable.Define(name, key, ClassTable.Object, @interface is null ? [] : [@interface], populate);
}

internal static class Regexes
{
    public static void RegisterPattern(ClassBuilder t)
    {
        t.Constant("UNIX_LINES", Box.Int(JavaRegex.UnixLines));
        t.Constant("CASE_INSENSITIVE", Box.Int(JavaRegex.CaseInsensitive));
        t.Constant("COMMENTS", Box.Int(JavaRegex.Comments));
        t.Constant("MULTILINE", Box.Int(JavaRegex.Multiline));
        t.Constant("LITERAL", Box.Int(JavaRegex.Literal));
        t.Constant("DOTALL", Box.Int(JavaRegex.DotAll));
        t.Constant("UNICODE_CASE", Box.Int(64));
        t.Static("compile(String)", (f, _, a) => PatternValue.Compile((string)a[0]!, f.Interpreter.Limits.RegexMatch));
        t.Static("compile(String,int)", (f, _, a) => PatternValue.Compile((string)a[0]!, f.Interpreter.Limits.RegexMatch, (int)a[1]!));
        t.Static("quote(String)", (_, _, a) => "\\Q" + a[0] + "\\E");
        t.Static("matches(String,CharSequence)", (f, _, a) => Box.Bool(PatternValue.Compile((string)a[0]!, f.Interpreter.Limits.RegexMatch).Matches(Formatting.ToText(a[1]))));
        t.Method("matcher(CharSequence)", (_, self, a) => P(self).Matcher(Formatting.ToText(a[0])));
        t.Method("pattern()", (_, self, _) => P(self).Source);
        t.Method("flags()", (_, self, _) => Box.Int(P(self).Flags));
        t.Method("split(CharSequence)", (_, self, a) => new GroovyArray(ClassTable.String, [.. P(self).Split(Formatting.ToText(a[0]), 0)]));
        t.Method("split(CharSequence,int)", (_, self, a) => new GroovyArray(ClassTable.String, [.. P(self).Split(Formatting.ToText(a[0]), (int)a[1]!)]));
        t.Method("isCase(Object)", (_, self, a) => Box.Bool(a[0] is not null && P(self).Matches(Formatting.ToText(a[0]))));
        t.Method("asPredicate()", (_, self, _) => new NativeClosure("java.util.function.Predicate", 1, (_, a) => ValueTask.FromResult<object?>(Box.Bool(P(self).Matcher(Formatting.ToText(a[0])).Find()))));
    }

    public static void RegisterMatcher(ClassBuilder t)
    {
        t.Static("quoteReplacement(String)", (_, _, a) => ((string)a[0]!).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal));
        t.Method("matches()", (_, self, _) => Box.Bool(M(self).Matches()));
        t.Method("find()", (_, self, _) => Box.Bool(M(self).Find()));
        t.Method("find(int)", (_, self, a) => Box.Bool(M(self).Find((int)a[0]!)));
        t.Method("lookingAt()", (_, self, _) => Box.Bool(M(self).LookingAt()));
        t.Method("group()", (_, self, _) => M(self).Group(0));
        t.Method("group(int)", (_, self, a) => M(self).Group((int)a[0]!));
        t.Method("group(String)", (_, self, a) => M(self).Group(Named(self, (string)a[0]!)));
        t.Method("groupCount()", (_, self, _) => Box.Int(M(self).GroupCount));
        t.Method("hasGroup()", (_, self, _) => Box.Bool(M(self).GroupCount > 0));
        t.Method("start()", (_, self, _) => Box.Int(M(self).Current.Index));
        t.Method("start(int)", (_, self, a) => Box.Int(M(self).Current.Groups[(int)a[0]!] is { Success: true } g ? g.Index : -1));
        t.Method("end()", (_, self, _) => Box.Int(M(self).Current.Index + M(self).Current.Length));
        t.Method("end(int)", (_, self, a) => Box.Int(M(self).Current.Groups[(int)a[0]!] is { Success: true } g ? g.Index + g.Length : -1));
        t.Method("reset()", (_, self, _) => M(self).Reset());
        t.Method("reset(CharSequence)", (_, self, a) => M(self).Reset(Formatting.ToText(a[0])));
        t.Method("pattern()", (_, self, _) => M(self).Pattern);
        t.Method("replaceAll(String)", (_, self, a) => M(self).Pattern.Replace(M(self).Text, (string)a[0]!, firstOnly: false));
        t.Method("replaceFirst(String)", (_, self, a) => M(self).Pattern.Replace(M(self).Text, (string)a[0]!, firstOnly: true));
        t.Method("appendReplacement(Object,String)", (_, self, a) =>
        {
            M(self).AppendReplacement(((StringBuilderValue)a[0]!).Text, (string)a[1]!);
            return self;
        });
        t.Method("appendTail(Object)", (_, self, a) =>
        {
            M(self).AppendTail(((StringBuilderValue)a[0]!).Text);
            return a[0];
        });
        t.Method("getCount()", (_, self, _) => Box.Int(M(self).AllMatches.Count));
        t.Method("size()", (_, self, _) => Box.Int(M(self).AllMatches.Count));
        t.Method("getAt(int)", (_, self, a) => M(self).At((int)a[0]!));
        t.Method("getAt(Range)", (_, self, a) => Lists.Slice(M(self).All().ToList(), (GroovyRange)a[0]!));
        t.Method("asBoolean()", (_, self, _) => Box.Bool(M(self).Find()));
        t.Method("iterator()", (_, self, _) => IteratorValue.Over(self));
    }

    private static PatternValue P(object? self) => (PatternValue)self!;

    private static MatcherValue M(object? self) => (MatcherValue)self!;

    private static int Named(object? self, string name) => M(self).Pattern.GroupNumber(name) ?? throw Throw.IllegalArgument($"No group with name <{name}>");
}

internal static class MathStatics
{
    public static void Register(ClassBuilder t)
    {
        t.Constant("PI", Math.PI);
        t.Constant("E", Math.E);
        t.Static("abs(int)", (_, _, a) => Box.Int((int)a[0]! < 0 ? unchecked(-(int)a[0]!) : (int)a[0]!));
        t.Static("abs(long)", (_, _, a) => Box.Long((long)a[0]! < 0 ? unchecked(-(long)a[0]!) : (long)a[0]!));
        t.Static("abs(double)", (_, _, a) => Math.Abs((double)a[0]!));
        t.Static("max(int,int)", (_, _, a) => Box.Int(Math.Max((int)a[0]!, (int)a[1]!)));
        t.Static("max(long,long)", (_, _, a) => Box.Long(Math.Max((long)a[0]!, (long)a[1]!)));
        t.Static("max(double,double)", (_, _, a) => Math.Max((double)a[0]!, (double)a[1]!));
        t.Static("min(int,int)", (_, _, a) => Box.Int(Math.Min((int)a[0]!, (int)a[1]!)));
        t.Static("min(long,long)", (_, _, a) => Box.Long(Math.Min((long)a[0]!, (long)a[1]!)));
        t.Static("min(double,double)", (_, _, a) => Math.Min((double)a[0]!, (double)a[1]!));
        t.Static("round(float)", (_, _, a) => Box.Int(JavaNumbers.ToInt(Math.Floor((float)a[0]! + 0.5))));
        t.Static("round(double)", (_, _, a) => Box.Long(JavaNumbers.ToLong(Math.Floor((double)a[0]! + 0.5))));
        One("floor", Math.Floor);
        One("ceil", Math.Ceiling);
        One("rint", d => Math.Round(d, MidpointRounding.ToEven));
        One("sqrt", Math.Sqrt);
        One("cbrt", Math.Cbrt);
        One("exp", Math.Exp);
        One("log", Math.Log);
        One("log10", Math.Log10);
        One("sin", Math.Sin);
        One("cos", Math.Cos);
        One("tan", Math.Tan);
        One("asin", Math.Asin);
        One("acos", Math.Acos);
        One("atan", Math.Atan);
        One("signum", d => double.IsNaN(d) ? d : Math.Sign(d));
        One("toRadians", d => d / 180 * Math.PI);
        One("toDegrees", d => d * 180 / Math.PI);
        t.Static("pow(double,double)", (_, _, a) => Math.Pow((double)a[0]!, (double)a[1]!));
        t.Static("atan2(double,double)", (_, _, a) => Math.Atan2((double)a[0]!, (double)a[1]!));
        t.Static("hypot(double,double)", (_, _, a) => Math.Sqrt(((double)a[0]! * (double)a[0]!) + ((double)a[1]! * (double)a[1]!)));
        t.Static("floorDiv(int,int)", (_, _, a) => (int)a[1]! == 0 ? throw Throw.Arithmetic("/ by zero") : Box.Int((int)Math.Floor((double)(int)a[0]! / (int)a[1]!)));
        t.Static("floorMod(int,int)", (_, _, a) => (int)a[1]! == 0 ? throw Throw.Arithmetic("/ by zero") : Box.Int((int)((((long)(int)a[0]! % (int)a[1]!) + (int)a[1]!) % (int)a[1]!)));
        t.Static("addExact(int,int)", (_, _, a) => (long)(int)a[0]! + (int)a[1]! is var s && s == (int)s ? Box.Int((int)s) : throw Throw.Arithmetic("integer overflow"));
        t.Static("multiplyExact(int,int)", (_, _, a) => (long)(int)a[0]! * (int)a[1]! is var s && s == (int)s ? Box.Int((int)s) : throw Throw.Arithmetic("integer overflow"));
        t.Static("toIntExact(long)", (_, _, a) => (long)a[0]! is var l && l == (int)l ? Box.Int((int)l) : throw Throw.Arithmetic("integer overflow"));
        t.StaticAsync("random()", async (f, _, _) => (BitConverter.ToUInt64(await f.Interpreter.Effects.RandomBytesAsync(8, f.Scope)) >> 11) * (1.0 / (1UL << 53)));

        void One(string name, Func<double, double> function) => t.Static(name + "(double)", (_, _, a) => function((double)a[0]!));
    }

    public static void RegisterRoundingMode(ClassBuilder t)
    {
        var names = new[] { "UP", "DOWN", "CEILING", "FLOOR", "HALF_UP", "HALF_DOWN", "HALF_EVEN", "UNNECESSARY" };
        for (var i = 0; i < names.Length; i++)
        {
            t.Constant(names[i], new RoundingModeValue((DecimalRounding)i, names[i]));
        }
    }

    public static void RegisterMathContext(ClassBuilder t)
    {
        t.New("(int)", (_, _, a) => new MathContextValue((int)a[0]!, DecimalRounding.HalfUp));
        t.New("(int,Object)", (_, _, a) => new MathContextValue((int)a[0]!, NumberMethods.Rounding(a[1])));
        t.Constant("DECIMAL32", new MathContextValue(7, DecimalRounding.HalfEven));
        t.Constant("DECIMAL64", new MathContextValue(16, DecimalRounding.HalfEven));
        t.Constant("DECIMAL128", new MathContextValue(34, DecimalRounding.HalfEven));
    }
}

internal sealed record MathContextValue(int Precision, DecimalRounding Rounding) : ILibraryValue
{
    public string JavaClass => "java.math.MathContext";
}

internal static class SystemStatics
{
    public static void Register(ClassBuilder t)
    {
        t.StaticAsync("currentTimeMillis()", async (f, _, _) => Box.Long((await f.Interpreter.Effects.NowAsync(f.Scope)).ToUnixTimeMilliseconds()));
        t.StaticAsync("nanoTime()", async (f, _, _) => Box.Long((await f.Interpreter.Effects.NowAsync(f.Scope)).UtcTicks * 100));
        t.Static("lineSeparator()", (_, _, _) => "\n");
        t.Static("identityHashCode(Object)", (_, _, a) => Box.Int(a[0] is null ? 0 : Identity.Of(a[0]!)));
        t.Static("getenv(String)", (_, _, a) => throw Throw.New("java.lang.SecurityException", $"System.getenv would read the server's environment, not the build's: use env.{a[0]}"));
        t.Static("getenv()", (_, _, _) => throw Throw.New("java.lang.SecurityException", "System.getenv would read the server's environment, not the build's: use env"));
        t.Static("getProperty(String)", (_, _, a) => (string?)a[0] switch { "line.separator" => "\n", "file.separator" => "/", "path.separator" => ":", _ => throw Throw.New("java.lang.SecurityException", $"There is no JVM here whose system property '{a[0]}' could be read") });
        t.Static("exit(int)", (_, _, _) => throw Throw.New("java.lang.SecurityException", "A script cannot stop the server: use error(…) to fail the build"));
        t.Static("arraycopy(Object,int,Object,int,int)", (_, _, a) =>
        {
            var from = ((GroovyArray)a[0]!).Items;
            var to = ((GroovyArray)a[2]!).Items;
            if ((int)a[1]! < 0 || (int)a[3]! < 0 || (int)a[4]! < 0 || (int)a[1]! + (int)a[4]! > from.Length || (int)a[3]! + (int)a[4]! > to.Length)
            {
                throw Throw.New("java.lang.ArrayIndexOutOfBoundsException", "arraycopy: the range is outside of an array");
            }

            Array.Copy(from, (int)a[1]!, to, (int)a[3]!, (int)a[4]!);
            return null;
        });
        t.Constant("out", PrintStreamValue.Instance);
        t.Constant("err", PrintStreamValue.Instance);
    }

    public static void RegisterThread(ClassBuilder t)
    {
        t.Static("sleep(long)", (_, _, _) => throw Throw.New("java.lang.SecurityException", "Thread.sleep would hold up the server: use the step sleep(time: 5, unit: 'SECONDS')"));
        t.Static("start(Closure)", (_, _, _) => throw Throw.New("java.lang.SecurityException", "Threads cannot be started here: use the step parallel"));
        t.New("(Object...)", (_, _, _) => throw Throw.New("java.lang.SecurityException", "Threads cannot be started here: use the step parallel"));
    }

    public static void RegisterPrintStream(ClassBuilder t)
    {
        t.Method("print(Object)", (f, _, a) => Print(f, Formatting.ToText(a[0])));
        t.Method("println(Object)", (f, _, a) => Print(f, Formatting.ToText(a[0]) + "\n"));
        t.Method("println()", (f, _, _) => Print(f, "\n"));
        t.Method("printf(String,Object...)", (f, _, a) => Print(f, JavaFormat.Format((string)a[0]!, ((GroovyArray)a[1]!).Items, f.Interpreter)));
        t.Method("flush()", (_, _, _) => null);
    }

    private static object? Print(Fiber fiber, string text)
    {
        fiber.Interpreter.Host.Print(text, fiber.Scope);
        return null;
    }

    private sealed class PrintStreamValue : ILibraryValue
    {
        public static readonly PrintStreamValue Instance = new();

        public string JavaClass => "java.io.PrintStream";
    }
}

internal static class CollectionStatics
{
    public static void Register(ClassBuilder t)
    {
        t.Constant("EMPTY_LIST", new GroovyList { IsReadOnly = true });
        t.Constant("EMPTY_MAP", new GroovyMap().AsReadOnly());
        t.Constant("EMPTY_SET", new GroovySet { IsReadOnly = true });
        t.Static("emptyList()", (_, _, _) => new GroovyList { IsReadOnly = true });
        t.Static("emptyMap()", (_, _, _) => new GroovyMap().AsReadOnly());
        t.Static("emptySet()", (_, _, _) => new GroovySet { IsReadOnly = true });
        t.Static("singletonList(Object)", (_, _, a) => new GroovyList([a[0]]) { IsReadOnly = true });
        t.Static("singleton(Object)", (_, _, a) => new GroovySet([a[0]]) { IsReadOnly = true });
        t.Static("singletonMap(Object,Object)", (_, _, a) => new GroovyMap { [a[0]] = a[1] }.AsReadOnly());
        t.Static("unmodifiableList(List)", (_, _, a) => Collections.ReadOnly(a[0]));
        t.Static("unmodifiableSet(Set)", (_, _, a) => Collections.ReadOnly(a[0]));
        t.Static("unmodifiableCollection(Collection)", (_, _, a) => Collections.ReadOnly(a[0]));
        t.Static("unmodifiableMap(Map)", (_, _, a) => Maps.ReadOnly((GroovyMap)a[0]!));
        t.Static("synchronizedList(List)", (_, _, a) => a[0]);
        t.Static("synchronizedMap(Map)", (_, _, a) => a[0]);
        t.Static("synchronizedSet(Set)", (_, _, a) => a[0]);
        t.Static("reverse(List)", (_, _, a) =>
        {
            Lists.Writable(a[0]).Reverse();
            return null;
        });
        t.Static("reverseOrder()", (_, _, _) => new NativeClosure("java.util.Collections$ReverseComparator", 2, (_, a) => ValueTask.FromResult<object?>(Box.Int(Comparing.Compare(a[1], a[0])))));
        t.StaticAsync("sort(List)", (f, _, a) => SortAsync(f, a[0], null));
        t.StaticAsync("sort(List,Comparator)", (f, _, a) => SortAsync(f, a[0], a[1]));
        t.StaticAsync("max(Collection)", (f, _, a) => Sorting.ExtremeAsync(f, Iteration.Of(a[0]), null, 1));
        t.StaticAsync("min(Collection)", (f, _, a) => Sorting.ExtremeAsync(f, Iteration.Of(a[0]), null, -1));
        t.Static("frequency(Collection,Object)", (_, _, a) =>
        {
            var wanted = a[1];
            return Box.Int(Iteration.Of(a[0]).Count(i => Equals(i, wanted)));
        });
        t.Static("nCopies(int,Object)", (f, _, a) =>
        {
            f.Charge((int)a[0]! * 16L);
            return new GroovyList(Enumerable.Repeat(a[1], (int)a[0]!)) { IsReadOnly = true };
        });
        t.Static("addAll(Collection,Object...)", (_, _, a) =>
        {
            var all = ((GroovyArray)a[1]!).Items;
            if (a[0] is GroovySet set)
            {
                return Box.Bool(set.AddAll(all));
            }

            Lists.Writable(a[0]).AddRange(all);
            return Box.Bool(all.Length > 0);
        });
        t.Static("swap(List,int,int)", (_, _, a) =>
        {
            var list = Lists.Writable(a[0]);
            (list[(int)a[1]!], list[(int)a[2]!]) = (list[(int)a[2]!], list[(int)a[1]!]);
            return null;
        });
        t.StaticAsync("shuffle(List)", (f, _, a) => Shuffle(f, a[0], null));
        t.StaticAsync("shuffle(List,Object)", (f, _, a) => Shuffle(f, a[0], (RandomValue)a[1]!));
    }

    public static void RegisterArrays(ClassBuilder t)
    {
        t.Static("asList(Object...)", (_, _, a) => new GroovyList(((GroovyArray)a[0]!).Items));
        t.Static("toString(Object)", (_, _, a) => Formatting.ToText(a[0]));
        t.Static("equals(Object,Object)", (_, _, a) => Box.Bool(Comparing.AreEqual(a[0], a[1])));
        t.StaticAsync("sort(Object)", (f, _, a) => SortAsync(f, a[0], null));
        t.Static("copyOf(Object,int)", (f, _, a) =>
        {
            var source = (GroovyArray)a[0]!;
            f.Charge((int)a[1]! * 8L);
            return new GroovyArray(source.ElementClass, [.. Enumerable.Range(0, (int)a[1]!).Select(i => i < source.Count ? source[i] : Interpreter.DefaultOf(source.ElementClass))]);
        });
        t.Static("copyOfRange(Object,int,int)", (_, _, a) => new GroovyArray(((GroovyArray)a[0]!).ElementClass, ((GroovyArray)a[0]!).Items[(int)a[1]!..(int)a[2]!]));
        t.Static("fill(Object,Object)", (_, _, a) =>
        {
            Array.Fill(((GroovyArray)a[0]!).Items, a[1]);
            return null;
        });
    }

    public static void RegisterObjects(ClassBuilder t)
    {
        t.Static("equals(Object,Object)", (_, _, a) => Box.Bool(Equals(a[0], a[1])));
        t.Static("hash(Object...)", (_, _, a) => Box.Int(((GroovyArray)a[0]!).Items.Aggregate(1, (h, i) => unchecked((31 * h) + (i is string s ? JavaNumbers.HashOf(s) : i?.GetHashCode() ?? 0)))));
        t.Static("hashCode(Object)", (_, _, a) => Box.Int(a[0] is string s ? JavaNumbers.HashOf(s) : a[0]?.GetHashCode() ?? 0));
        t.Static("isNull(Object)", (_, _, a) => Box.Bool(a[0] is null));
        t.Static("nonNull(Object)", (_, _, a) => Box.Bool(a[0] is not null));
        t.Static("toString(Object)", (_, _, a) => Formatting.ToText(a[0]));
        t.Static("toString(Object,String)", (_, _, a) => a[0] is null ? a[1] : Formatting.ToText(a[0]));
        t.Static("requireNonNull(Object)", (_, _, a) => a[0] ?? throw Throw.New("java.lang.NullPointerException", null));
        t.Static("requireNonNull(Object,String)", (_, _, a) => a[0] ?? throw Throw.New("java.lang.NullPointerException", (string?)a[1]));
    }

    private static async ValueTask<object?> SortAsync(Fiber fiber, object? list, object? order)
    {
        await Iterables.SortAsync(fiber, list, order, mutate: true);
        return null;
    }

    private static async ValueTask<object?> Shuffle(Fiber fiber, object? target, RandomValue? random)
    {
        var list = Lists.Writable(target);
        random ??= await RandomValue.FreshAsync(fiber, "java.util.Random");
        for (var i = list.Count; i > 1; i--)
        {
            var j = random.NextInt(i);
            (list[i - 1], list[j]) = (list[j], list[i - 1]);
        }

        return null;
    }
}

internal sealed class AtomicValue(string javaClass, object? value) : ILibraryValue
{
    public string JavaClass { get; } = javaClass;

    public object? Value { get; set; } = value;

    public override string ToString() => Formatting.ToText(Value);
}

/// <summary>java.util.concurrent.atomic: plain cells here, because nothing runs at the same time.</summary>
internal static class Atomics
{
    public static void RegisterInteger(ClassBuilder t) => RegisterNumber(t, Box.Int(0), v => Box.Int(Numbers.ToInt(v)));

    public static void RegisterLong(ClassBuilder t) => RegisterNumber(t, Box.Long(0), v => Box.Long(Numbers.ToLong(v)));

    public static void RegisterReference(ClassBuilder t)
    {
        t.New("()", (_, self, _) => new AtomicValue(((GroovyClass)self!).Name, self is GroovyClass { SimpleName: "AtomicBoolean" } ? Box.False : null));
        RegisterCommon(t);
    }

    private static void RegisterNumber(ClassBuilder t, object zero, Func<object, object> narrow)
    {
        t.New("()", (_, self, _) => new AtomicValue(((GroovyClass)self!).Name, zero));
        RegisterCommon(t);
        t.Method("incrementAndGet()", (_, self, _) => A(self).Value = narrow(Numbers.Next(A(self).Value!)));
        t.Method("decrementAndGet()", (_, self, _) => A(self).Value = narrow(Numbers.Previous(A(self).Value!)));
        t.Method("addAndGet(Number)", (_, self, a) => A(self).Value = narrow(Numbers.Add(A(self).Value!, a[0]!)));
        t.Method("getAndIncrement()", (_, self, _) => Swap(self, narrow(Numbers.Next(A(self).Value!))));
        t.Method("getAndDecrement()", (_, self, _) => Swap(self, narrow(Numbers.Previous(A(self).Value!))));
        t.Method("getAndAdd(Number)", (_, self, a) => Swap(self, narrow(Numbers.Add(A(self).Value!, a[0]!))));
        t.Method("intValue()", (_, self, _) => Box.Int(Numbers.ToInt(A(self).Value!)));
        t.Method("longValue()", (_, self, _) => Box.Long(Numbers.ToLong(A(self).Value!)));
        t.Method("next()", (_, self, _) => Numbers.Next(A(self).Value!));
    }

    private static void RegisterCommon(ClassBuilder t)
    {
        t.New("(Object)", (_, self, a) => new AtomicValue(((GroovyClass)self!).Name, a[0]));
        t.Method("get()", (_, self, _) => A(self).Value);
        t.Method("set(Object)", (_, self, a) =>
        {
            A(self).Value = a[0];
            return null;
        });
        t.Method("getAndSet(Object)", (_, self, a) => Swap(self, a[0]));
        t.Method("compareAndSet(Object,Object)", (_, self, a) =>
        {
            if (!Equals(A(self).Value, a[0]))
            {
                return Box.False;
            }

            A(self).Value = a[1];
            return Box.True;
        });
        t.Async("updateAndGet(Functional)", async (f, self, a) => A(self).Value = await f.CallAsync(a[0], A(self).Value));
    }

    private static AtomicValue A(object? self) => (AtomicValue)self!;

    private static object? Swap(object? self, object? value)
    {
        var before = A(self).Value;
        A(self).Value = value;
        return before;
    }
}
