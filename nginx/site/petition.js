// Made by deploy/dev/bundle of assets/petition.js and what it imports. Change those.
const m_api=(()=>{
const PATIENCE_MS=30000;
async function ask(path,options={}){
try{
const signal=AbortSignal.timeout?.(PATIENCE_MS);
const response=await fetch(`${options.base ?? ""}/api/v1${path}`,{credentials:"omit",signal,...options});
let body=null;
if(response.status!==304&&response.status!==204){
body=await response.json().catch(()=>null);
}
return{status:response.status,ok:response.ok,body,headers:response.headers};
}catch{
return{status:0,ok:false,body:null,headers:new Headers()};
}
}
function post(path,value,options={}){
return ask(path,{
method:"POST",
headers:{"Content-Type":"application/json"},
body:JSON.stringify(value),
...options,
});
}
function retryAfter(answer){
const seconds=Number.parseInt(answer.headers.get("Retry-After")??"",10);
return Number.isFinite(seconds)&&seconds>0?Math.min(seconds,3600):5;
}
return{ask,post,retryAfter};
})();
const m_make=(()=>{
function make(name,properties={},...children){
const made=Object.assign(document.createElement(name),properties);
made.append(...children);
return made;
}
return{make};
})();
const m_form=(()=>{
const{make}=m_make;
const COMMENT_MAX=500;
const kinds={
given_name:{autocomplete:"given-name",autocapitalize:"words",max:100},
family_name:{autocomplete:"family-name",autocapitalize:"words",max:100},
email:{type:"email",dir:"ltr",inputMode:"email",autocomplete:"email",autocapitalize:"off",spellcheck:false,max:254},
country:{tag:"select",autocomplete:"country"},
region:{autocomplete:"address-level1",autocapitalize:"characters",spellcheck:false,max:6,hint:"hint.region"},
postal_code:{autocomplete:"postal-code",autocapitalize:"characters",spellcheck:false,max:20},
locality:{autocomplete:"address-level2",autocapitalize:"words",max:100},
comment:{tag:"textarea",autocomplete:"off",max:COMMENT_MAX,hint:"hint.comment"},
};
const order=Object.keys(kinds);
const codes=("ADEFGILMOQRSTUWXZ BABDEFGHIJLMNOQRSTVWYZ CACDFGHIKLMNORUVWXYZ DEJKMOZ ECEGHRST FIJKMOR " +
"GABDEFGHILMNPQRSTUWY HKMNRTU IDELMNOQRST JEMOP KEGHIMNPRWYZ LABCIKRSTUVY MACDEFGHKLMNOPQRSTUVWXYZ " +
"NACEFGILOPRUZ OM PAEFGHKLMNRSTWY QA REOSUW SABCDEGHIJKLMNORSTVXYZ TCDFGHJKLMNORTVWZ UAGMSYZ VACEGINU " +
"WFS YET ZAMW")
.split(" ").flatMap(([first,...seconds])=>seconds.map((second)=>first + second));
function countries(language){
const names=new Intl.DisplayNames([language],{type:"region"}),{compare}=new Intl.Collator(language);
return codes.map((code)=>({code,name:names.of(code)??code})).sort((a,b)=>compare(a.name,b.name));
}
class Form{
#a;
#b;
#c;
#d;
#e;
#f=()=>{};
constructor(form,{texts,keep=null,titled=false,prefix=""}){
this.#a=form;
this.#b=texts;
this.#c=keep;
this.#d=titled?document.title:null;
this.#e=prefix;
form.noValidate=true;
if(keep)form.addEventListener("input",()=>this.store());
for(const event of["focusin","pointerdown"])form.addEventListener(event,()=>this.#f());
form.addEventListener("change",({target})=>{
if((target).name==="email")this.#g();
});
}
build(fields,{language=this.#b.language,wording=null,hints={},values={},shows=true}={}){
const place=({name})=>(order.includes(name)?order.indexOf(name):order.length);
const made=[...fields].sort((a,b)=>place(a)- place(b)).map((field)=>this.#h(field,language,hints));
if(shows)made.push(this.#i("show_name",this.#b.say("field.show_name")));
this.#j().replaceChildren(...made);
if(wording)this.offer(wording);
this.fill(values);
if(this.#c)this.#k();
}
offer(wording){
if(!wording?.text||this.#l("subscribe"))return;
this.#j().append(this.#i("subscribe",make("bdi",{lang:wording.language,textContent:wording.text})));
}
values(){
const values={};
for(const input of this.#m()){
if(input.type==="checkbox")values[input.name]=input.checked;
else if(input.value.trim()!==""||input.required)values[input.name]=input.value;
}
if(values.country&&/^\s*[a-z0-9]{1,3}\s*$/i.test(values.region??"")){
values.region=`${values.country}-${values.region.trim().toUpperCase()}`;
}
return values;
}
fill(values){
if(values.country)this.#f();
for(const input of this.#m()){
if(!Object.hasOwn(values,input.name))continue;
if(input.type==="checkbox")input.checked=values[input.name]===true;
else input.value=String(values[input.name]);
}
}
check(){
const errors=[];
for(const input of this.#m()){
const value=input.value.trim();
if(input.required&&value==="")errors.push({pointer:`/${input.name}`,code:"required"});
else if(input.type==="email"&&value!==""&&!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)){
errors.push({pointer:`/${input.name}`,code:"invalid_email"});
}
}
return errors;
}
showErrors(errors){
const list=make("ul");
for(const error of errors){
const input=this.#l(error.pointer?.slice(1));
const text=this.sayError(error);
if(input)this.#n(input,text);
list.append(make("li",{},input?this.#o(input,text):text));
}
this.#p(make("h3",{textContent:this.#b.say("errors.title",{n:errors.length})}),list);
}
sayError({pointer="",code,detail}){
const name=pointer.slice(1),key=`error.${code}`,label=`field.${name}`;
return this.#b.plain("error.line",{
field:this.#b.has(label)?this.#b.say(label):name,
fault:this.#b.has(key)?this.#b.say(key):detail??this.#b.say("error.wrong_type"),
});
}
tell(text){
this.#p(make("p",{textContent:text}));
}
clearErrors(){
for(const input of this.#m()){
input.removeAttribute("aria-invalid");
const wrong=this.#q(`wrong-${input.name}`);
if(wrong)wrong.textContent="";
}
this.#a.querySelector(".summary").replaceChildren();
if(this.#d!==null)document.title=this.#d;
}
retitle(){
if(this.#d!==null)this.#d=document.title;
}
focus(name){
this.#l(name)?.focus();
}
forget(){
try{
sessionStorage.removeItem(this.#c);
}catch{
}
}
reset(){
this.forget();
this.clearErrors();
this.#a.reset();
this.#q("suggest-email")?.replaceChildren();
}
#q(id){
return(this.#a.querySelector(`#${CSS.escape(this.#e + id)}`));
}
#j(){
return this.#a.querySelector(".fields, #fields");
}
#m(){
return[...this.#a.querySelectorAll("input, select, textarea")];
}
#l(name){
return this.#m().find((input)=>input.name===name);
}
#r(id){
return this.#e + id;
}
#s(name,required,language){
const{tag="input",max,hint:_hint,...properties}=kinds[name]??{autocomplete:"off"};
const made=make(tag,{...properties,id:this.#r(`field-${name}`),name,required});
if(tag==="input"&&!properties.type)made.type="text";
if(tag==="textarea")made.rows=4;
if(max)made.maxLength=max;
if(tag==="select"){
made.append(new Option(this.#b.say("choose"),""));
this.#f=()=>{
this.#f=()=>{};
made.append(...countries(language).map(({code,name:text})=>new Option(text,code)));
};
(globalThis.requestIdleCallback??setTimeout)(()=>this.#f());
}
return made;
}
#h({name,required},language,hints){
const input=this.#s(name,required,language);
const label=make("label",{htmlFor:input.id,textContent:this.#t(name)});
if(!required)label.append(" ",make("span",{className:"optional",textContent:this.#b.say("optional")}));
const made=make("div",{className:"field"},label);
const below=hints[name]??(kinds[name]?.hint&&this.#b.say(kinds[name].hint,{n:COMMENT_MAX}));
if(below)made.append(make("p",{id:this.#r(`hint-${name}`),className:"hint",textContent:below}));
made.append(this.#u(name),input);
if(name==="email")made.append(make("p",{id:this.#r("suggest-email"),className:"suggest",role:"status"}));
input.setAttribute("aria-describedby",(below?`${this.#r(`hint-${name}`)} `:"")+ this.#r(`wrong-${name}`));
return made;
}
#t(name){
return this.#b.has(`field.${name}`)?this.#b.say(`field.${name}`):name;
}
#u(name){
return make("p",{id:this.#r(`wrong-${name}`),className:"wrong"});
}
#i(name,words){
const box=make("input",{type:"checkbox",id:this.#r(`field-${name}`),name});
box.setAttribute("aria-describedby",this.#r(`wrong-${name}`));
return make("div",{className:"field choice"},this.#u(name),box,make("label",{htmlFor:box.id},words));
}
#n(input,text){
input.setAttribute("aria-invalid","true");
const wrong=this.#q(`wrong-${input.name}`);
if(wrong)wrong.textContent=text;
}
#o(input,text){
const link=make("a",{href:`#${input.id}`,textContent:text});
link.addEventListener("click",(event)=>{
event.preventDefault();
input.closest(".field")?.scrollIntoView({block:"nearest"});
input.focus();
});
return link;
}
#p(...nodes){
const summary=(this.#a.querySelector(".summary"));
summary.replaceChildren(...nodes);
if(this.#d!==null)document.title=this.#b.plain("title.error",{title:this.#d});
summary.focus();
}
#g(){
const input=this.#l("email"),line=this.#q("suggest-email");
line?.replaceChildren();
if(line)import("./assets/mailhosts.js").then(({offer})=>offer(input,{line,texts:this.#b,taken:()=>this.store()}),()=>{});
}
store(){
if(!this.#c)return;
const typed=Object.fromEntries(this.#m().filter(({type})=>type!=="checkbox").map(({name,value})=>[name,value]));
try{
sessionStorage.setItem(this.#c,JSON.stringify(typed));
}catch{
}
}
#k(){
try{
this.fill(JSON.parse(sessionStorage.getItem(this.#c))??{});
}catch{
}
}
}
return{Form};
})();
const m_i18n=(()=>{
const FALLBACK="en";
const RIGHT_TO_LEFT=["ar","ckb","dv","fa","he","ps","sd","ug","ur","yi"];
const LONGEST_S=30;
const files=new Map();
const base=(language)=>language.toLowerCase().split("-")[0];
function file(code,folder){
const address=new URL(`../${folder}/${code}.json`,import.meta.url).href;
if(!files.has(address)){
files.set(address,fetch(address)
.then((answer)=>(answer.status===404?null:answer.ok?answer.json():undefined))
.catch(()=>undefined)
.then((texts)=>{
if(texts===undefined)files.delete(address);
return texts;
}));
}
return files.get(address);
}
class Texts{
#b;
#v;
#w;
#x=new Map();
constructor(language,texts){
this.language=language;
this.dir=RIGHT_TO_LEFT.includes(base(language))?"rtl":"ltr";
this.#b=texts;
this.#v=new Intl.PluralRules(language);
this.#w=new Intl.NumberFormat(language);
}
has(key){
return Object.hasOwn(this.#b,key);
}
number(value){
return this.#w.format(value);
}
date(value,style={dateStyle:"medium",timeStyle:"short"}){
const key=JSON.stringify(style);
if(!this.#x.has(key))this.#x.set(key,new Intl.DateTimeFormat(this.language,(style)));
return this.#x.get(key).format(new Date(value));
}
say(key,values={}){
return this.#y(key,values).replace(/\{(\w+)\}/g,(all,name)=>this.#z(values,name,all));
}
plain(key,values={}){
return this.#y(key,values).replace(/\{(\w+)\}/g,(all,name)=>(
typeof values[name]==="number"?this.number(values[name]):values[name]??all));
}
parts(key,values={}){
return this.#y(key,values).split(/(\{\w+\})/).filter(Boolean).map((part)=>{
const name=/^\{(\w+)\}$/.exec(part)?.[1];
return values[name]instanceof Node?values[name]:name?this.#z(values,name,part):part;
});
}
#y(key,{n=0}){
const text=this.#b[key];
if(text&&typeof text==="object")return text[this.#v.select(n)]??text.other;
return text??key;
}
#z(values,name,otherwise){
const value=values[name];
if(value===undefined)return otherwise;
return typeof value==="number"?this.number(value):`\u2068${value}\u2069`;
}
}
async function find(languages,folder){
for(const language of[...languages.slice(0,3),FALLBACK]){
if(!/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(language))continue;
const texts=await file(base(language),folder),rest=texts?.$partial?await file(FALLBACK,folder):{};
if(texts===undefined||rest===undefined)return null;
if(texts)return new Texts(language,{...rest,...texts});
}
return new Texts(FALLBACK,{});
}
async function load(languages,folder="lang"){
for(let wait_s=1;;wait_s=Math.min(2*wait_s,LONGEST_S)){
const texts=await find(languages,folder);
if(texts)return texts;
await new Promise((resolve)=>{setTimeout(resolve,wait_s*1000);});
}
}
function put(root,texts){
for(const element of(root.querySelectorAll("[data-text]"))){
element.textContent=texts.say(element.dataset.text);
}
for(const element of(root.querySelectorAll("[data-label]"))){
element.ariaLabel=texts.say(element.dataset.label);
}
}
return{load,put};
})();
const m_number=(()=>{
const STALE_S=30;
const SPEAK_MS=20000;
const STEP_MS=50;
const mantissas=[1,2,5];
function nextStep(n){
for(let power=100;;power*=10){
for(const mantissa of mantissas){
if(mantissa*power>n)return mantissa*power;
}
}
}
function nextGoal(count,goal=null,goals=[]){
const next=goals.filter((one)=>one>count).sort((a,b)=>a - b)[0];
if(next)return next;
const step=nextStep(count);
return goal>count?Math.min(goal,step):step;
}
class Rolling{
#aa;
#ab;
#ac=null;
#ad=null;
constructor(show,still=()=>matchMedia("(prefers-reduced-motion: reduce)").matches,shown=null){
this.#aa=show;
this.#ab=still;
this.#ac=shown;
}
get shown(){
return this.#ac;
}
to(target,seconds){
clearInterval(this.#ad);
const from=this.#ac;
if(from===null||target<=from||this.#ab()){
this.#ae(target);
return;
}
const pause_ms=Math.max(STEP_MS,(seconds*1000)/(target - from));
const steps=Math.max(1,Math.floor((seconds*1000)/ pause_ms));
let step=0;
const move=()=>{
step +=1;
this.#ae(Math.round(from +((target - from)*step)/ steps));
if(step>=steps)clearInterval(this.#ad);
};
move();
if(step<steps)this.#ad=setInterval(move,pause_ms);
}
stop(){
clearInterval(this.#ad);
}
#ae(n){
this.#ac=n;
this.#aa(n);
}
}
class Announcer{
#af;
#ad=null;
#ag=null;
constructor(element){
this.#af=element;
}
say(text){
if(this.#ad){
this.#ag=text;
return;
}
this.#af.textContent=text;
this.#ad=setTimeout(()=>{
this.#ad=null;
const next=this.#ag;
this.#ag=null;
if(next!==null)this.say(next);
},SPEAK_MS);
}
stop(){
clearTimeout(this.#ad);
this.#ad=this.#ag=null;
}
}
class NumberView{
#ah;
#ai;
#aj;
#ak;
#al;
#z=null;
#am=0;
#an=null;
constructor(parts,{say,language="en",goals=[],minimum=0,falls=false,shown=null}={}){
this.#ah=parts;
this.#ai={say,language,goals,minimum,falls};
this.#aj=new Intl.NumberFormat(language);
this.#ak=new Rolling((n)=>this.#ao(n),undefined,shown);
this.#al=parts.live?new Announcer(parts.live):null;
}
show({value,behind_s,trouble}){
if(!value)return;
if(value.count===null){
this.#ap(true);
return;
}
if(!trouble&&!(behind_s>STALE_S))this.#am=performance.now();
const isOld=this.#z&&value.as_of<this.#z.as_of;
if(!isOld)this.#z=value;
const shown=this.#ak.shown??0;
const count=this.#ai.falls?this.#z.count:Math.max(shown,this.#z.count);
this.#ak.to(count,Math.min(value.poll_after??5,10));
this.#aq();
this.#ar(count);
}
stop(){
this.#ak.stop();
this.#al?.stop();
}
#as(){
return Number(this.#z?.count_minimum??this.#ai.minimum)||0;
}
#ap(hidden){
if(this.#ah.root)this.#ah.root.hidden=hidden;
if(this.#ah.few)this.#ah.few.hidden=!hidden;
}
#ao(n){
const{count,unit,goal,progress}=this.#ah;
const goals=this.#z.goals??this.#ai.goals;
const next=nextGoal(n,this.#z.goal,goals);
this.#ap(n<this.#as());
if(count)count.textContent=this.#aj.format(n);
if(unit)unit.textContent=this.#ai.say("number.signed",{n});
const open=this.#z.state==="open";
if(goal){
goal.hidden=!open;
goal.textContent=this.#ai.say("number.goal",{goal:next});
}
if(progress){
progress.hidden=!open;
progress.max=next;
progress.value=n;
}
}
#aq(){
const{note}=this.#ah;
if(!note)return;
const{say,language}=this.#ai;
const late=performance.now()- this.#am>STALE_S*1000;
let text="";
if(this.#z.state!=="open")text=say("number.closed");
else if(!this.#z.exact||late)text=say("number.stale",{time:sayTime(this.#z.as_of,language)});
if(note.textContent!==text)note.textContent=text;
note.hidden=text==="";
}
#ar(count){
if(!this.#al||this.#an===count||count<this.#as())return;
if(this.#an!==null)this.#al.say(this.#ai.say("number.said",{n:count}));
this.#an=count;
}
}
function sayTime(at,language){
const time=new Date(at);
const today=time.toDateString()===new Date().toDateString();
return time.toLocaleString(language,today?{timeStyle:"short"}:{dateStyle:"medium",timeStyle:"short"});
}
return{NumberView};
})();
const m_poller=(()=>{
const LONGEST_S=60;
const PATIENCE_MS=15000;
const GREETING_S=0.3;
const browser={
fetch:(url,options)=>fetch(url,options),
now:()=>performance.now(),
random:()=>Math.random(),
after:(ms,run)=>setTimeout(run,ms),
cancel:(timer)=>clearTimeout(timer),
hidden:()=>document.hidden,
channel:(name)=>(globalThis.BroadcastChannel?new BroadcastChannel(name):null),
locks:()=>navigator.locks??null,
on:(woken,online)=>{
document.addEventListener("visibilitychange",woken);
addEventListener("pagehide",woken);
addEventListener("pageshow",woken);
addEventListener("online",online);
return()=>{
document.removeEventListener("visibilitychange",woken);
removeEventListener("pagehide",woken);
removeEventListener("pageshow",woken);
removeEventListener("online",online);
};
},
};
const isCount=(body)=>body.count===null||Number.isSafeInteger(body.count);
class Poller{
#at;
#au;
#av;
#aw;
#ax=new Set();
#ay=null;
#az=false;
#ba=null;
#ad=null;
#bb=null;
#bc=null;
#bd=null;
#be=false;
#bf=null;
#bg;
#bh;
#ah=false;
#bi=Infinity;
#bj=0;
constructor(url,{env=browser,good=isCount,pace_s=5,address=()=>url}={}){
this.#at=url;
this.#au=address;
this.#av=env;
this.#aw=good;
this.#bg=this.#bh=pace_s;
}
watch(take){
this.#ax.add(take);
if(this.#bf)take(this.#bf);
this.#ay??=this.#av.on((event)=>this.#bk(event),()=>this.#bl(this.#av.random()));
this.#bk();
return{
soon:(seconds)=>this.#bl(seconds),
stop:()=>this.#bm(take),
};
}
#bm(take){
this.#ax.delete(take);
if(this.#ax.size>0||!this.#ay)return;
this.#ay();
this.#ay=null;
this.#bn();
}
#bk(event){
const wanted=event?.type!=="pagehide"&&!this.#av.hidden();
if(wanted&&!this.#az)this.#bo();
else if(!wanted&&this.#az)this.#bn();
}
#bo(){
const name=`countersign:${this.#at}`;
this.#az=true;
this.#bb=this.#av.channel(name);
if(this.#bb){
this.#bb.onmessage=(event)=>this.#bp(event.data);
this.#bb.postMessage("?");
}
const locks=this.#bb&&this.#av.locks();
if(locks)this.#bq(locks,name);
this.#br(this.#bb?GREETING_S:0);
}
#bn(){
this.#az=this.#be=false;
this.#av.cancel(this.#ad);
this.#ba?.abort();
this.#bc?.abort();
this.#bd?.();
this.#bb?.close();
this.#ba=this.#bc=this.#bd=this.#bb=null;
}
#bq(locks,name){
const wish=new AbortController();
this.#bc=wish;
const lead=()=>new Promise((release)=>{
if(wish.signal.aborted)return release();
this.#bd=release;
this.#be=true;
this.#br(this.#bf?this.#bs():0);
});
locks.request(name,{signal:wish.signal},lead).catch(()=>{});
}
#br(seconds){
this.#av.cancel(this.#ad);
if(this.#az)this.#ad=this.#av.after(seconds*1000,()=>this.#bt());
}
#bl(seconds){
if(this.#az)this.#br(seconds);
}
#bs(){
const spread=this.#bh>this.#bg?0.5:0.2;
const pause=this.#bh*(1 +(this.#ah?this.#av.random():spread*(this.#av.random()- 0.5)));
return this.#be?pause:pause*2 + this.#av.random()*this.#bh;
}
async #bt(){
if(this.#ba)return;
const asking=new AbortController();
this.#ba=asking;
const patience=this.#av.after(PATIENCE_MS,()=>asking.abort());
const answer=await this.#bu(asking.signal);
this.#av.cancel(patience);
if(this.#ba!==asking)return;
this.#ba=null;
if(!this.#av.locks())this.#be=true;
this.#bv(answer);
this.#bb?.postMessage(this.#bw());
this.#br(this.#bs());
}
async #bu(signal){
try{
const response=await this.#av.fetch(this.#au(),{credentials:"omit",cache:"no-cache",signal});
const retry_s=Number.parseInt(response.headers.get("Retry-After")??"",10)||0;
const body=response.ok?await response.json():null;
if(!body||!this.#aw(body))return{value:null,retry_s,status:response.status};
return{value:body,behind_s:this.#bx(response.headers.get("Date"))};
}catch{
return{value:null,retry_s:0,status:0};
}
}
#bx(date){
const now=this.#av.now();
const apart=now - Date.parse(date??"");
if(Number.isNaN(apart))return 0;
this.#bi=Math.min(apart,this.#bi +(now - this.#bj)/ 1000);
this.#bj=now;
return(apart - this.#bi)/ 1000;
}
#bv({value,behind_s,retry_s,status}){
if(value){
const pace_s=Math.min(Math.max(1,Number(value.poll_after)||this.#bg),3600);
this.#ah=Boolean(this.#bf?.value)&&pace_s!==this.#bg;
this.#bg=this.#bh=pace_s;
this.#by({value,behind_s,trouble:false,status:200});
}else{
const longest=Math.max(LONGEST_S,this.#bg);
this.#bh=Math.min(longest,Math.max(this.#bh*2,retry_s));
this.#by({value:this.#bf?.value??null,behind_s:this.#bf?.behind_s??0,trouble:true,status});
}
}
#by(news){
this.#bf=news;
for(const take of[...this.#ax])take(news);
}
#bw(){
return{news:this.#bf,pace_s:this.#bg,wait_s:this.#bh};
}
#bp(message){
if(message==="?"){
if(this.#be&&this.#bf)this.#bb.postMessage(this.#bw());
return;
}
const value=message?.news?.value;
if(!message?.news||!(message.wait_s>0)||!(message.pace_s>0)||(value&&!this.#aw(value)))return;
this.#bg=message.pace_s;
this.#bh=message.wait_s;
if(!this.#bd)this.#be=false;
this.#by(message.news);
this.#br(this.#bs());
}
}
const pollers=new Map();
function watch(url,take,options){
if(!pollers.has(url))pollers.set(url,new Poller(url,options));
return pollers.get(url).watch(take);
}
return{watch};
})();
const m_sending=(()=>{
const{post,retryAfter}=m_api;
const LONGEST_S=60;
class Sending{
#bz;
#b;
#ca;
#cb;
#cc=0;
#cd=null;
constructor({path,texts,place,base=""}){
this.#bz=path;
this.#b=texts;
this.#ca=place;
this.#cb=base;
}
async send(value){
this.#cc=0;
for(;;){
const answer=await post(this.#bz,value,{base:this.#cb});
if(![0,429,503].includes(answer.status))return answer;
this.#cc=answer.status===0?this.#cc + 1:0;
const goesOn=await this.#ce(answer);
this.#ca.replaceChildren();
if(!goesOn)return null;
}
}
stop(){
this.#cd?.();
}
#ce(answer){
const offline=answer.status===0;
const reason={0:"wait.offline",429:"wait.limited",503:"wait.unavailable"}[answer.status];
const seconds=offline?Math.min(LONGEST_S,5*2**(this.#cc - 1)):retryAfter(answer);
return new Promise((resolve)=>{
const end=performance.now()+ seconds*1000;
const clock=this.#aa(reason,()=>finish(false));
const tick=()=>{
const left_s=Math.ceil((end - performance.now())/ 1000);
if(left_s<=0)finish(true);
else clock.textContent=this.#cf(left_s,offline&&!navigator.onLine);
};
const online=()=>finish(true);
const finish=(goesOn)=>{
clearInterval(timer);
removeEventListener("online",online);
this.#cd=null;
resolve(goesOn);
};
const timer=setInterval(tick,250);
if(offline)addEventListener("online",online);
this.#cd=()=>finish(false);
tick();
});
}
#cf(seconds,waitsForNetwork){
if(waitsForNetwork)return this.#b.say("wait.online");
return seconds>90?this.#b.say("wait.minutes",{n:Math.ceil(seconds / 60)}):this.#b.say("wait.next",{n:seconds});
}
#aa(reason,stop){
const said=Object.assign(document.createElement("p"),{role:"status"});
const clock=Object.assign(document.createElement("p"),{role:"timer"});
const button=Object.assign(document.createElement("button"),{type:"button",className:"quiet",textContent:this.#b.say("wait.stop")});
button.addEventListener("click",stop);
this.#ca.replaceChildren(said,clock,button);
said.textContent=`${this.#b.say(reason)} ${this.#b.say("wait.kept")}`;
return clock;
}
}
return{Sending};
})();
(()=>{
const{ask,retryAfter}=m_api;
const{Form}=m_form;
const{load:loadTexts,put}=m_i18n;
const{NumberView}=m_number;
const{watch}=m_poller;
const{Sending}=m_sending;
const at=(id)=>(document.getElementById(id));
const main=at("main");
const{slug,language}=main.dataset;
const query=new URLSearchParams(location.search);
const PATIENCE_MS=1000;
const TAKEN=/^[A-Za-z0-9_.-]{1,64}$/;
let pass=/^#([A-Za-z0-9_-]{100,512})$/.exec(location.hash)?.[1]??null;
let petition=null;
let wording=null;
let texts=null;
let form=null;
let sending=null;
let watching=null;
let calls=null;
let busy=false;
const path=`/petitions/${slug}`;
const inLanguage=`?lang=${encodeURIComponent(language)}`;
function state(text){
at("state").textContent=text;
}
function callLink(){
const link=document.createElement("a");
link.href="#sign-title";
link.className="button";
link.textContent=texts.say("sign.link");
return link;
}
function call(className){
const line=document.createElement("p");
line.className=className;
line.append(callLink());
return line;
}
function addCallInTheMiddle(){
const paragraphs=[...at("letter").children],middle=call("call middle");
if(paragraphs.length<=4)return;
paragraphs[Math.floor(paragraphs.length / 2)].after(middle);
calls?.observe(middle);
}
function addCalls(){
if(document.querySelector(".bar"))return;
addCallInTheMiddle();
const bar=call("bar");
main.append(bar);
const seen=new Set();
calls=new IntersectionObserver((entries)=>{
for(const{target,isIntersecting}of entries)seen[isIntersecting?"add":"delete"](target);
bar.hidden=seen.size>0||at("sign").hidden||at("form").hidden;
},{rootMargin:"0px 0px -72px"});
for(const target of[at("sign"),...document.querySelectorAll(".call")])calls.observe(target);
}
function showCalls(shown){
for(const line of main.querySelectorAll(".call, .bar"))line.hidden=!shown||line.className==="bar";
}
function takeNumber(view,news){
view.show(news);
const{value}=news;
if(value&&petition&&value.state!=="open"&&petition.state==="open")close(value.state);
}
function watchNumber(){
const written=at("progress").getAttribute("value"),shown=written===null?null:Number(written);
const view=new NumberView({
root:at("number"),few:at("few"),count:at("count"),unit:at("number-name"),goal:at("goal"),progress:at("progress"),
note:at("number-note"),live:at("number-live"),
},{say:(key,values)=>texts.say(key,values),language:texts.language,goals:petition.goals,minimum:petition.count_minimum,shown});
watching=watch(`/api/v1/petitions/${slug}/count`,(news)=>takeNumber(view,news));
}
function buildForm(){
form??=new Form(at("form"),{texts,keep:`countersign:${slug}`,titled:true});
form.build(petition.fields,{
language:texts.language,wording,
hints:petition.confirmation==="email"?{email:texts.say("hint.email")}:{},
});
}
function signature(values=form.values()){
const value={...values,text_version:petition.text_version,locale:petition.language};
for(const name of["source","referrer"]){
if(TAKEN.test(query.get(name)??""))value[name]=query.get(name);
}
return value;
}
function hold(held){
busy=held;
at("fields").inert=held;
at("submit").ariaDisabled=String(held);
at("submit").textContent=texts.say(held?"sign.sending":"sign.button");
}
async function thank(value,confirmation){
form.forget();
watching?.soon(1.5);
at("form").hidden=at("sign-title").hidden=true;
showCalls(false);
at("changed")?.remove();
const{thank:show}=await import("./assets/thanks.js");
show(at("thanks"),{texts,slug,petition,email:value.email,confirms:confirmation==="email",again});
}
function again(name,empty){
at("thanks").hidden=true;
at("thanks").replaceChildren();
if(empty)form.reset();
else form.store();
at("form").hidden=at("sign-title").hidden=false;
showCalls(true);
form.focus(name);
}
async function changed(){
const before=petition;
const answer=await ask(path + inLanguage);
if(!answer.ok)return form.tell(texts.say("wait.stopped"));
petition=answer.body;
const{renew,showChanges}=await import("./assets/letter.js");
await renew(petition);
addCallInTheMiddle();
form.retitle();
buildForm();
form.clearErrors();
showChanges(before,petition,{texts,before:at("form")});
return at("submit").replaceChildren(texts.say("sign.again"));
}
function close(word,unsent=false){
petition.state=word;
state(texts.say(unsent?"closed.unsent":word==="withdrawn"?"withdrawn":"closed"));
sending?.stop();
if(at("thanks").hidden)at("sign").hidden=true;
showCalls(false);
if(unsent)at("state").scrollIntoView({block:"center"});
}
async function judged(answer,value){
const{status,body}=answer;
if(status===202)await thank(value,body?.confirmation);
else if(status===409)await changed();
else if(status===410)close(body?.code==="petition_withdrawn"?"withdrawn":"closed",body?.code!=="petition_withdrawn");
else if(status===422)form.showErrors(body?.errors??[]);
else if(status===403)form.tell(texts.say("failed.origin"));
else if(status===404)form.tell(texts.say("not_found"));
else form.tell(texts.say("failed",{status}));
}
async function sign(event){
event.preventDefault();
if(busy)return;
form.clearErrors();
const errors=form.check();
if(errors.length){
form.showErrors(errors);
return;
}
const value=signature();
hold(true);
sending=new Sending({path:`${path}/signatures`,texts,place:at("waiting")});
const answer=await sending.send(value);
hold(false);
if(answer)await judged(answer,value);
else if(petition.state==="open")form.tell(texts.say("wait.stopped"));
}
function showForm(shown){
at("form").hidden=!shown;
}
function otherReader(){
showForm(true);
form.focus("given_name");
}
async function judgedReader(answer,box){
if(answer.status===200){
box.remove();
await thank({email:""},"none");
}else if(answer.status===409){
await changed();
}else{
box.remove();
showForm(true);
if(answer.status===404)form.tell(texts.say("reader.gone"));
else await judged(answer,{email:""});
}
}
async function offerReader(){
const known=["email","given_name","family_name"];
if(!pass||petition.fields.some(({name,required})=>required&&!known.includes(name)))return;
const{offer}=await import("./assets/reader.js").catch(()=>({offer:null}));
if(!offer)return;
showForm(false);
offer(at("form"),{texts,Form,path,pass,value:()=>signature({}),judged:judgedReader,other:otherReader});
}
function offerPeople(){
const near=new IntersectionObserver(async(entries)=>{
if(!entries.some((entry)=>entry.isIntersecting))return;
near.disconnect();
const{showPeople}=await import("./assets/people.js").catch(()=>({showPeople:null}));
showPeople?.(at("people"),{texts,slug,minimum:petition.count_minimum});
},{rootMargin:"200px"});
near.observe(at("people"));
}
function notThere(answer){
const{status}=answer;
if(status===404||status===410){
state(texts.say(status===404?"not_found":"withdrawn"));
return;
}
state(texts.say({0:"wait.offline",429:"wait.limited"}[status]??"wait.unavailable"));
setTimeout(begin,retryAfter(answer)*1000);
}
async function findWording(){
const answer=await ask(`${path}/subscribe-wording${inLanguage}`);
wording=answer.ok?answer.body:null;
form?.offer(wording);
}
async function begin(){
const news=Promise.race([findWording(),new Promise((resolve)=>{setTimeout(resolve,PATIENCE_MS);})]);
const[answer,said]=await Promise.all([ask(path + inLanguage),texts??loadTexts([language]),news]);
texts=said;
if(!answer.ok){
notThere(answer);
return;
}
petition=answer.body;
put(document,texts);
const open=petition.state==="open";
state(open?"":texts.say("closed"));
if(open){
buildForm();
await offerReader();
pass=null;
at("sign").hidden=false;
addCalls();
}
showCalls(open);
main.dataset.ready="";
watchNumber();
offerPeople();
}
if(pass||query.has("link")){
const rest=new URLSearchParams(location.search);
rest.delete("link");
history.replaceState(null,"",location.pathname +(rest.size?`?${rest}`:"")+(pass?"":location.hash));
}
if(query.has("link"))import("./assets/opened.js").then(({tell})=>tell(path,query)).catch(()=>{});
at("form").addEventListener("submit",sign);
at("form").addEventListener("input",()=>import("./assets/thanks.js").catch(()=>{}),{once:true});
begin();
})();
