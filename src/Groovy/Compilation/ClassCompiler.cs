using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

/// <summary>Compiles the classes of a file.</summary>
internal static class ClassCompiler
{
    /// <summary>Makes the names of a class and of those inside it known, before anything is compiled.</summary>
    public static void DeclareNames(ScriptContext context, ClassNode node, string? outer)
    {
        var full = FullName(context, node, outer);
        context.Declare(node.Name, full);
        foreach (var inner in node.InnerClasses)
        {
            DeclareNames(context, inner, full);
        }
    }

    /// <summary>A class and all inside it, outer ones first.</summary>
    public static IEnumerable<ClassCode> Compile(ScriptContext context, ClassNode node, ClassScope? outer)
    {
        var name = FullName(context, node, outer?.Name);
        var scope = new ClassScope(node, name, outer);
        var inner = node.InnerClasses.SelectMany(i => Compile(context, i, scope)).ToList();
        var code = Compile(context, node, scope, null, null, node.SuperType, node.Interfaces);
        foreach (var one in inner)
        {
            one.Outer ??= code;
        }

        yield return code;
        foreach (var one in inner)
        {
            yield return one;
        }
    }

    public static ClassCode CompileAnonymous(ScriptContext context, ClassNode body, TypeNode super, FunctionCompiler around, ClassScope? outer)
    {
        var name = (outer?.Name ?? context.ScriptClassName) + "$" + ++context.AnonymousCount;
        var scope = new ClassScope(body, name, outer);
        var members = around.ClassBody();
        var code = Compile(context, body, scope, members, name, super, []);
        code.Captures = members.Captures;
        return code;
    }

    private static ClassCode Compile(ScriptContext context, ClassNode node, ClassScope scope, FunctionCompiler? parent, string? anonymousName, TypeNode? super, IReadOnlyList<TypeNode> interfaces)
    {
        var isAnonymous = anonymousName is not null;
        var name = scope.Name;
        foreach (var known in interfaces.Prepend(super).OfType<TypeNode>())
        {
            if (context.TryClass(known.Name, known.Span) is null)
            {
                context.Report("GRV308", $"unable to resolve class {known.Name}. A class can extend those of the script and of the built-in library.", known.Span);
            }
        }

        var methods = node.Methods.Where(m => !m.IsConstructor).Select(m => FunctionCompiler.Method(context, m, scope, name, parent)).ToList();
        var constructors = node.Methods.Where(m => m.IsConstructor).Select(m => FunctionCompiler.Method(context, m, scope, name, parent)).ToList();
        if (constructors.Count == 0 && node.Kind is ClassKind.Class or ClassKind.Enum)
        {
            constructors.Add(FunctionCompiler.DefaultConstructor(context, scope, name, parent, node.Span, passesArguments: isAnonymous || node.Kind == ClassKind.Enum && isAnonymous));
        }

        var instance = node.Fields.Where(f => !IsStatic(f, node) && f.Initializer is not null).Cast<Node>().Concat(node.Initializers.Where(i => !i.IsStatic)).OrderBy(n => n.Span.Start).ToList();
        var @static = node.Fields.Where(f => IsStatic(f, node) && f.Initializer is not null).Cast<Node>().Concat(node.Initializers.Where(i => i.IsStatic)).OrderBy(n => n.Span.Start).ToList();
        return new ClassCode
        {
            Name = name,
            Kind = node.Kind,
            IsAbstract = node.Modifiers.HasFlag(Modifiers.Abstract),
            IsStatic = node.Modifiers.HasFlag(Modifiers.Static) || node.Kind is ClassKind.Enum or ClassKind.Interface or ClassKind.Trait,
            Super = super is null ? null : context.ResolveAlways(super),
            Interfaces = [.. interfaces.Select(context.ResolveAlways)],
            Fields = [.. node.Fields.Select(f => new FieldCode(f.Name, context.Resolve(f.Type), IsStatic(f, node), f.IsProperty, f.Modifiers.HasFlag(Modifiers.Final)))],
            Methods = [.. methods],
            Constructors = [.. constructors],
            FieldInitializer = instance.Count == 0 ? null : FunctionCompiler.Initializer(context, scope, name, isStatic: false, parent, c => Initialize(c, instance), node.Span),
            StaticInitializer = @static.Count == 0 && node.EnumConstants.Count == 0 ? null : FunctionCompiler.Initializer(
                context,
                scope,
                name,
                isStatic: true,
                null,
                c =>
                {
                    for (var i = 0; i < node.EnumConstants.Count; i++)
                    {
                        var constant = node.EnumConstants[i];
                        var body = constant.Body is { } b ? ConstantBody(context, b, scope, node, i + 1) : null;
                        c.EnumConstant(constant, i, body);
                    }

                    Initialize(c, @static);
                },
                node.Span),
        };
    }

    private static ClassCode ConstantBody(ScriptContext context, ClassNode body, ClassScope outer, ClassNode @enum, int number)
    {
        var name = outer.Name + "$" + number;
        var scope = new ClassScope(body, name, outer);
        return Compile(context, body, scope, null, name, new TypeNode(@enum.Name, 0, null, body.Span), []);
    }

    private static void Initialize(FunctionCompiler compiler, List<Node> members)
    {
        foreach (var member in members)
        {
            if (member is FieldNode field)
            {
                compiler.InitializeField(field);
            }
            else if (member is InitializerNode block)
            {
                compiler.InitializerBlock(block.Body);
            }
        }
    }

    // Constants of an interface are static without saying so.
    private static bool IsStatic(FieldNode field, ClassNode owner) => field.Modifiers.HasFlag(Modifiers.Static) || owner.Kind is ClassKind.Interface or ClassKind.AnnotationType;

    private static string FullName(ScriptContext context, ClassNode node, string? outer) =>
        outer is not null ? outer + "$" + node.Name : string.IsNullOrEmpty(context.Package) ? node.Name : context.Package + "." + node.Name;
}
