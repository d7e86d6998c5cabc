using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Api.Tests.Testing;

/// <summary>A git repository behind HTTP that asks for a user and password: git's own <c>http-backend</c> behind a small server.</summary>
internal sealed class PrivateRepository : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-private-").FullName;
    private readonly HttpListener _listener = new();
    private readonly string _login;

    public PrivateRepository(string user, string password, string jenkinsfile)
    {
        _login = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        var work = Path.Combine(_directory, "work");
        Git(_directory, "init", "--quiet", "-b", "main", work);
        File.WriteAllText(Path.Combine(work, "Jenkinsfile"), jenkinsfile);
        Git(work, "add", ".");
        Git(work, "-c", "user.name=t", "-c", "user.email=t@example", "commit", "--quiet", "-m", "m");
        Git(_directory, "clone", "--quiet", "--bare", work, Path.Combine(_directory, "x.git"));
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Authority = free.LocalEndpoint.ToString()!;
        }

        _listener.Prefixes.Add($"http://{Authority}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Authority { get; }

    public void Dispose()
    {
        _listener.Close();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await AnswerAsync(context);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The client went away, or the test has ended.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        if (context.Request.Headers["Authorization"] != _login)
        {
            context.Response.StatusCode = 401;
            context.Response.AddHeader("WWW-Authenticate", "Basic realm=\"private\"");
            return;
        }

        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["GIT_PROJECT_ROOT"] = _directory;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["REMOTE_USER"] = "t";
        start.Environment["PATH_INFO"] = context.Request.Url!.AbsolutePath;
        start.Environment["QUERY_STRING"] = context.Request.Url.Query.TrimStart('?');
        start.Environment["REQUEST_METHOD"] = context.Request.HttpMethod;
        start.Environment["CONTENT_TYPE"] = context.Request.ContentType ?? "";
        start.Environment["GIT_PROTOCOL"] = context.Request.Headers["Git-Protocol"] ?? "";
        start.Environment["HTTP_CONTENT_ENCODING"] = context.Request.Headers["Content-Encoding"] ?? "";
        using var backend = Process.Start(start)!;
        await context.Request.InputStream.CopyToAsync(backend.StandardInput.BaseStream);
        backend.StandardInput.Close();
        using var answer = new MemoryStream();
        await backend.StandardOutput.BaseStream.CopyToAsync(answer);
        var bytes = answer.ToArray();
        var body = bytes.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        foreach (var header in Encoding.ASCII.GetString(bytes, 0, body - 4).Split("\r\n").Select(line => line.Split(": ", 2)))
        {
            if (header[0] == "Status")
            {
                context.Response.StatusCode = int.Parse(header[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            }
            else
            {
                context.Response.AddHeader(header[0], header[1]);
            }
        }

        await context.Response.OutputStream.WriteAsync(bytes.AsMemory(body));
    }

    private static void Git(string directory, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = directory })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
