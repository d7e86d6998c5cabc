using Slipway.Groovy.Compilation;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>What every object has: Java's own methods and those that Groovy adds to all.</summary>
internal static class Objects
{
    public static void Register(ClassBuilder t)
    {
        t.New("()", (_, _, _) => new PlainObject());
        t.Method("toString()", (_, self, _) => Formatting.ToText(self));
        t.Method("equals(Object)", (_, self, a) => Box.Bool(Equals(self, a[0])));
        t.Method("hashCode()", (_, self, _) => Box.Int(self is string s ? JavaNumbers.HashOf(s) : self is int i ? i : self is bool b ? (b ? 1231 : 1237) : Identity.Of(self!)));
        t.Method("getClass()", (_, self, _) => self is null ? ClassTable.Object : ClassTable.Of(self));
        t.Method("is(Object)", (_, self, a) => Box.Bool(ReferenceEquals(self, a[0]) || Operators.AreIdentical(self, a[0])));
        t.Method("inspect()", (_, self, _) => Formatting.Inspect(self));
        t.Method("dump()", (_, self, _) => $"<{ClassTable.NameOf(self)}@{Identity.HashOf(self!)} {Formatting.ToText(self)}>");
        t.Method("asBoolean()", (_, self, _) => Box.Bool(Truth.Of(self)));
        t.Async("asType(Class)", async (f, self, a) => a[0] is UserClass user && self is GroovyMap or GroovyList ? await f.NewAsync(user, self) : Coercion.As(self, (GroovyClass)a[0]!));
        t.Async("isCase(Object)", async (f, self, a) => self is Closure closure ? Box.Bool(Truth.Of(await f.CallAsync(closure, a.AsSpan()))) : Box.Bool(Comparing.AreEqual(self, a[0])));
        t.Method("compareTo(Object)", (_, self, a) => Box.Int(Comparing.Compare(self, a[0])));
        t.Async("invokeMethod(String,Object)", (f, self, a) => f.CallMethodAsync(self, (string)a[0]!, a[1] is IReadOnlyList<object?> list ? list.ToArray().AsSpan() : new[] { a[1] }.AsSpan()));
        t.Async("getProperty(String)", (f, self, a) => f.GetPropertyAsync(self, (string)a[0]!));
        t.Async("setProperty(String,Object)", (f, self, a) => f.SetPropertyAsync(self, (string)a[0]!, a[1]));
        t.Async("getAt(String)", (f, self, a) => f.GetPropertyAsync(self, (string)a[0]!));
        t.Async("putAt(String,Object)", (f, self, a) => f.SetPropertyAsync(self, (string)a[0]!, a[1]));
        t.Async("getProperties()", async (f, self, _) =>
        {
            var all = new GroovyMap();
            if (self is UserObject user)
            {
                foreach (var field in user.Class.Fields.Values.Where(p => p.IsProperty))
                {
                    all[field.Name] = await f.GetPropertyAsync(user, field.Name);
                }

                foreach (var getter in user.Class.Methods.Values.SelectMany(m => m).Where(m => !m.IsStatic && m.Code.Parameters.Length == 0 && m.Code.Name.Length > 3 && m.Code.Name.StartsWith("get", StringComparison.Ordinal)))
                {
                    all[Fiber.PropertyName(getter.Code.Name[3..])] = await f.CallMethodAsync(user, getter.Code.Name);
                }
            }

            all["class"] = self is null ? ClassTable.Object : ClassTable.Of(self);
            return all;
        });
        t.Method("hasProperty(String)", (_, self, a) => self is UserObject user && user.Class.Fields.ContainsKey((string)a[0]!) || self is GroovyMap map && map.ContainsKey(a[0]) ? a[0] : null);
        t.Method("respondsTo(String)", (_, self, a) => RespondsTo(self, (string)a[0]!));
        t.Method("respondsTo(String,Object)", (_, self, a) => RespondsTo(self, (string)a[0]!));
        t.Async("with(Closure)", (f, self, a) => WithAsync(f, self, (Closure)a[0]!));
        t.Async("tap(Closure)", async (f, self, a) =>
        {
            await WithAsync(f, self, (Closure)a[0]!);
            return self;
        });
        t.Async("identity(Closure)", (f, self, a) => WithAsync(f, self, (Closure)a[0]!));
        t.Async("use(Object...)", (_, _, _) => throw Throw.Unsupported("use(Category) { } is not supported: call the category's static methods directly"));
        t.Method("print(Object)", (f, self, a) => Print(f, self, Formatting.ToText(a[0])));
        t.Method("println(Object)", (f, self, a) => Print(f, self, Formatting.ToText(a[0]) + "\n"));
        t.Method("println()", (f, self, _) => Print(f, self, "\n"));
        t.Method("printf(String,Object...)", (f, self, a) => Print(f, self, JavaFormat.Format((string)a[0]!, ((GroovyArray)a[1]!).Items, f.Interpreter)));
        t.Method("sprintf(String,Object...)", (f, _, a) => JavaFormat.Format((string)a[0]!, ((GroovyArray)a[1]!).Items, f.Interpreter));
        t.Method("iterator()", (_, self, _) => IteratorValue.Over(self));
        t.Method("notify()", (_, _, _) => null);
        t.Method("notifyAll()", (_, _, _) => null);
        Walks.Register(t);
    }

    /// <summary>Object's own method where a script's class overrides it and asks for <c>super</c>.</summary>
    public static object? Own(UserObject self, string name, ReadOnlySpan<object?> args) => name switch
    {
        "toString" => self.EnumName ?? self.Class.Name + "@" + Identity.HashOf(self),
        "equals" => Box.Bool(ReferenceEquals(self, args[0])),
        "hashCode" => Box.Int(Identity.Of(self)),
        _ => throw Throw.MissingMethod(name, self, args),
    };

    public static async ValueTask<object?> WithAsync(Fiber fiber, object? self, Closure closure)
    {
        var inside = closure.Copy(self, closure.Owner, closure.ThisObject);
        inside.Strategy = ResolveStrategy.DelegateFirst;
        return await fiber.CallAsync(inside, self);
    }

    private static object? Print(Fiber fiber, object? self, string text)
    {
        _ = self;
        fiber.Interpreter.Host.Print(text, fiber.Scope);
        return null;
    }

    private static GroovyList RespondsTo(object? self, string name)
    {
        var found = new GroovyList();
        switch (self)
        {
            case UserObject user:
                found.AddRange(user.Class.FindMethods(name).Select(m => (object?)m.ToString()));
                break;
            case IHostObject host when host.HasMethod(name):
                found.Add(name);
                break;
            case not null when ClassTable.Of(self) is BuiltinClass native:
                found.AddRange(native.FindMethods(name).Select(m => (object?)m.ToString()));
                break;
        }

        return found;
    }

    private sealed class PlainObject
    {
        public override string ToString() => "java.lang.Object@" + Identity.HashOf(this);
    }
}

internal static class Booleans
{
    public static void Register(ClassBuilder t)
    {
        t.Constant("TRUE", Box.True);
        t.Constant("FALSE", Box.False);
        t.Static("parseBoolean(String)", (_, _, a) => Box.Bool(string.Equals((string?)a[0], "true", StringComparison.OrdinalIgnoreCase)));
        t.Static("valueOf(String)", (_, _, a) => Box.Bool(string.Equals((string?)a[0], "true", StringComparison.OrdinalIgnoreCase)));
        t.Static("valueOf(boolean)", (_, _, a) => a[0]);
        t.Static("toString(boolean)", (_, _, a) => Formatting.ToText(a[0]));
        t.Method("booleanValue()", (_, self, _) => self);
        t.Method("and(Boolean)", (_, self, a) => Box.Bool((bool)self! & (bool)a[0]!));
        t.Method("or(Boolean)", (_, self, a) => Box.Bool((bool)self! | (bool)a[0]!));
        t.Method("xor(Boolean)", (_, self, a) => Box.Bool((bool)self! ^ (bool)a[0]!));
        t.Method("implies(Boolean)", (_, self, a) => Box.Bool(!(bool)self! | (bool)a[0]!));
        t.Method("toBoolean()", (_, self, _) => self);
    }
}

internal static class Characters
{
    public static void Register(ClassBuilder t)
    {
        t.Static("isDigit(char)", (_, _, a) => Box.Bool(char.IsDigit((char)a[0]!)));
        t.Static("isLetter(char)", (_, _, a) => Box.Bool(char.IsLetter((char)a[0]!)));
        t.Static("isLetterOrDigit(char)", (_, _, a) => Box.Bool(char.IsLetterOrDigit((char)a[0]!)));
        t.Static("isUpperCase(char)", (_, _, a) => Box.Bool(char.IsUpper((char)a[0]!)));
        t.Static("isLowerCase(char)", (_, _, a) => Box.Bool(char.IsLower((char)a[0]!)));
        t.Static("isWhitespace(char)", (_, _, a) => Box.Bool(char.IsWhiteSpace((char)a[0]!)));
        t.Static("toUpperCase(char)", (_, _, a) => char.ToUpperInvariant((char)a[0]!));
        t.Static("toLowerCase(char)", (_, _, a) => char.ToLowerInvariant((char)a[0]!));
        t.Static("valueOf(char)", (_, _, a) => a[0]);
        t.Static("toString(char)", (_, _, a) => Formatting.ToText(a[0]));
        t.Static("getNumericValue(char)", (_, _, a) => Box.Int(char.IsDigit((char)a[0]!) ? (char)a[0]! - '0' : char.IsAsciiLetter((char)a[0]!) ? char.ToLowerInvariant((char)a[0]!) - 'a' + 10 : -1));
        t.Method("charValue()", (_, self, _) => self);
        t.Method("isDigit()", (_, self, _) => Box.Bool(char.IsDigit((char)self!)));
        t.Method("isLetter()", (_, self, _) => Box.Bool(char.IsLetter((char)self!)));
        t.Method("isLetterOrDigit()", (_, self, _) => Box.Bool(char.IsLetterOrDigit((char)self!)));
        t.Method("isUpperCase()", (_, self, _) => Box.Bool(char.IsUpper((char)self!)));
        t.Method("isLowerCase()", (_, self, _) => Box.Bool(char.IsLower((char)self!)));
        t.Method("isWhitespace()", (_, self, _) => Box.Bool(char.IsWhiteSpace((char)self!)));
        t.Method("toUpperCase()", (_, self, _) => char.ToUpperInvariant((char)self!));
        t.Method("toLowerCase()", (_, self, _) => char.ToLowerInvariant((char)self!));
        t.Method("next()", (_, self, _) => (char)((char)self! + 1));
        t.Method("previous()", (_, self, _) => (char)((char)self! - 1));
        t.Method("plus(Number)", (_, self, a) => Numbers.Add(self!, a[0]!));
        t.Method("minus(Number)", (_, self, a) => Numbers.Subtract(self!, a[0]!));
        t.Method("minus(Character)", (_, self, a) => Box.Int((char)self! - (char)a[0]!));
        t.Method("plus(Character)", (_, self, a) => Box.Int((char)self! + (char)a[0]!));
        t.Method("multiply(Number)", (_, self, a) => Numbers.Multiply(self!, a[0]!));
    }
}

internal static class Classes
{
    public static void Register(ClassBuilder t)
    {
        t.Method("getName()", (_, self, _) => ((GroovyClass)self!).Name);
        t.Method("getSimpleName()", (_, self, _) => ((GroovyClass)self!).SimpleName);
        t.Method("getCanonicalName()", (_, self, _) => ((GroovyClass)self!).Name.Replace('$', '.'));
        t.Method("getTypeName()", (_, self, _) => ((GroovyClass)self!).Name);
        t.Method("getPackageName()", (_, self, _) => ((GroovyClass)self!).Name.LastIndexOf('.') is var dot and > 0 ? ((GroovyClass)self!).Name[..dot] : "");
        t.Method("getSuperclass()", (_, self, _) => ((GroovyClass)self!).Super);
        t.Method("isInstance(Object)", (f, self, a) => Box.Bool(f.Interpreter.IsInstance(a[0], (GroovyClass)self!)));
        t.Method("isAssignableFrom(Class)", (_, self, a) => Box.Bool(((GroovyClass)a[0]!).IsSubclassOf((GroovyClass)self!)));
        t.Method("isInterface()", (_, self, _) => Box.Bool(((GroovyClass)self!).IsInterface));
        t.Method("isEnum()", (_, self, _) => Box.Bool(self is UserClass { IsEnum: true }));
        t.Method("cast(Object)", (_, self, a) => Coercion.Cast(a[0], (GroovyClass)self!));
        t.Method("getEnumConstants()", (_, self, _) => self is UserClass { IsEnum: true } e ? new GroovyArray(e, [.. e.EnumConstants]) : null);
        t.Method("isCase(Object)", (f, self, a) => Box.Bool(f.Interpreter.IsInstance(a[0], (GroovyClass)self!)));
        t.Async("newInstance(Object...)", async (f, self, a) =>
        {
            if (self is UserClass { IsInitialized: false } user)
            {
                await f.InitializeAsync(user);
            }

            return await f.NewAsync((GroovyClass)self!, ((GroovyArray)a[0]!).Items.AsSpan());
        });
    }
}

internal static class Enums
{
    public static void Register(ClassBuilder t)
    {
        t.Method("name()", (_, self, _) => ((UserObject)self!).EnumName);
        t.Method("ordinal()", (_, self, _) => Box.Int(((UserObject)self!).EnumOrdinal));
        t.Method("compareTo(Object)", (_, self, a) => Box.Int(((UserObject)self!).EnumOrdinal - ((UserObject)a[0]!).EnumOrdinal));
        t.Method("getDeclaringClass()", (_, self, _) => Of((UserObject)self!));
        t.Method("next()", (_, self, _) => Step((UserObject)self!, 1));
        t.Method("previous()", (_, self, _) => Step((UserObject)self!, -1));
        t.Method("toString()", (_, self, _) => ((UserObject)self!).EnumName);
        t.Method("hashCode()", (_, self, _) => Box.Int(Identity.Of(self!)));
    }

    public static bool TryStatic(UserClass @enum, string name, ReadOnlySpan<object?> args, out object? result)
    {
        result = null;
        switch (name, args.Length)
        {
            case ("values", 0):
                result = new GroovyArray(@enum, [.. @enum.EnumConstants]);
                return true;
            case ("valueOf", 1):
                result = Coercion.EnumConstant(@enum, Formatting.ToText(args[0]));
                return true;
            default:
                return false;
        }
    }

    public static UserClass Of(UserObject self) => self.Class.Super is UserClass { IsEnum: true } parent ? parent : self.Class;

    private static UserObject Step(UserObject self, int by)
    {
        var all = Of(self).EnumConstants;
        return all[(self.EnumOrdinal + by + all.Count) % all.Count];
    }
}

/// <summary>groovy.lang.Binding as a script sees its own.</summary>
internal sealed record BindingValue(GroovyMap Variables) : ILibraryValue
{
    public string JavaClass => "groovy.lang.Binding";
}

internal static class Scripts
{
    public static void Register(ClassBuilder t)
    {
        t.Method("getBinding()", (_, self, _) => new BindingValue(((ScriptInstance)self!).Binding));
        t.Async("evaluate(String)", async (f, self, a) =>
        {
            var parsed = Slipway.Groovy.Parsing.GroovyParser.Parse(new Syntax.SourceText("Script1.groovy", (string)a[0]!));
            var compiled = parsed.Succeeded ? ScriptCompiler.Compile(parsed.Script!) : null;
            var faults = compiled?.Diagnostics ?? parsed.Diagnostics;
            if (compiled is null || faults.Any(d => d.Severity == Syntax.DiagnosticSeverity.Error))
            {
                throw Throw.IllegalArgument("evaluate: the text has faults\n" + string.Join('\n', faults.Select(d => d.Render())));
            }

            return await f.Interpreter.RunScriptAsync(f, f.Interpreter.LoadScript(compiled, ((ScriptInstance)self!).Binding));
        });
    }

    public static void RegisterBinding(ClassBuilder t)
    {
        t.New("()", (_, _, _) => new BindingValue([]));
        t.New("(Map)", (_, _, a) => new BindingValue((GroovyMap)a[0]!));
        t.Method("getVariables()", (_, self, _) => ((BindingValue)self!).Variables);
        t.Method("getVariable(String)", (_, self, a) => Variables(self).TryGetValue(a[0], out var value) ? value : throw Throw.New("groovy.lang.MissingPropertyException", $"No such property: {a[0]} for class: groovy.lang.Binding"));
        t.Method("getProperty(String)", (_, self, a) => Variables(self).TryGetValue(a[0], out var value) ? value : throw Throw.New("groovy.lang.MissingPropertyException", $"No such property: {a[0]} for class: groovy.lang.Binding"));
        t.Method("setVariable(String,Object)", (_, self, a) => Set(self, a));
        t.Method("setProperty(String,Object)", (_, self, a) => Set(self, a));
        t.Method("hasVariable(String)", (_, self, a) => Box.Bool(Variables(self).ContainsKey(a[0])));
    }

    private static object? Set(object? self, ReadOnlySpan<object?> args)
    {
        Variables(self).Put(args[0], args[1]);
        return null;
    }

    private static GroovyMap Variables(object? self) => ((BindingValue)self!).Variables;
}
